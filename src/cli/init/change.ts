/** A file, as it is and as it will be. */
export interface Change {
  readonly file: string
  /** `undefined` where there is none yet. */
  readonly before: string | undefined
  readonly after: string
}
