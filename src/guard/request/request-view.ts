/** What the guard sees of a request. An adapter makes one from its framework's request. */
export interface RequestView {
  /** The method as it was sent: browsers write most methods in upper case, but `patch` as the page does. */
  readonly method: string
  /** A header by its lower-case name. Repeated lines come joined by a comma, those of `cookie` by a semicolon. */
  header(name: string): string | undefined
  /** First value of a query parameter, decoded. */
  query(name: string): string | undefined
  /** The body as parsed JSON; `undefined` if it is not JSON. The route must still be able to read the body. */
  json(): Promise<unknown>
  /** First value of a text field of an urlencoded or multipart body; `undefined` if there is none. */
  formField(name: string): Promise<string | undefined>
}
