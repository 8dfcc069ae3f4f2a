/** What the guard sees of a request. An adapter makes one from its framework's request. */
export interface RequestView {
  /** As it was sent: browsers write most methods in capitals, and `patch` as the page does. */
  readonly method: string
  /** A header by its lower-case name. Repeated lines come joined by a comma, those of `cookie` by a semicolon. */
  header(name: string): string | undefined
  /** First value of a query parameter, decoded. */
  query(name: string): string | undefined
  /** The body as parsed JSON; `undefined` where it is none. The route must still be able to read it. */
  json(): Promise<unknown>
  /** A text field of an urlencoded or multipart body; `undefined` where there is none. */
  formField(name: string): Promise<string | undefined>
}
