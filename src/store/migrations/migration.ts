/** What each of the databases is sent. */
export interface Texts {
  readonly sqlite: string | readonly string[]
  readonly postgres: string | readonly string[]
}

/** One step forward; there are none back. What was released is never edited: its checksum is kept in the database. */
export interface Migration {
  readonly number: number
  readonly name: string
  /**
   * Whether nodes of the version before go on with what it makes: it only adds what they may leave alone. They stay ready
   * then, and may be replaced one after the other; otherwise they answer `/readyz` with 503 from that moment on.
   */
  readonly isAdditive: boolean
  /**
   * What is done before the statements, for tables that may be large while nodes serve. On PostgreSQL each is done by
   * itself and none keeps a request waiting for long; any of them may be interrupted and done again.
   */
  readonly preparations?: readonly Preparation[]
  /** All of them in one transaction. The same text for SQLite and PostgreSQL, but where one of them has something of its own. */
  readonly statements: readonly (string | Texts)[]
}

/** Something that is done to a table that may be large. */
export type Preparation =
  | { readonly table: string; readonly columns: string }
  /** @param closesSessionsOf Nodes that have prepared a statement which answers `*` of this table could not run it again. */
  | { readonly table: string; readonly column: string; readonly breaksPrepared?: boolean }
  | { readonly index: string; readonly on: string }
  | { readonly unneededIndex: string }
  /** Sets a column to null, some rows at a time, in the order of their ids. */
  | { readonly table: string; readonly emptied: string }
