import type { Database } from '../engine/database.ts'

/** One step forward; there are none back. What was released is never edited: its checksum is kept in the database. */
export interface Migration {
  readonly number: number
  readonly name: string
  /**
   * Whether nodes of the version before go on with what it makes: it only adds what they may leave alone. They stay ready
   * then, and may be replaced one after the other. Otherwise they are not ready from that moment on.
   */
  readonly isAdditive: boolean
  /**
   * What is done before the statements, to tables that may be large, while nodes serve. On PostgreSQL each is done by itself
   * and none keeps a request waiting for long; any of them may be interrupted and done again.
   */
  readonly preparations?: readonly Preparation[]
  /** All of them in one transaction. The same text for SQLite and PostgreSQL, but where one of them has something of its own. */
  readonly statements: readonly (string | Readonly<Record<Database['kind'], string | readonly string[]>>)[]
}

/** Something that is done to a table that may be large. */
export type Preparation =
  | { readonly table: string; readonly made: string }
  /** `breaksPrepared`: nodes of the version before have prepared a statement that answers all columns of this table. */
  | { readonly table: string; readonly added: readonly string[]; readonly breaksPrepared?: boolean }
  | { readonly index: string; readonly on: string }
  | { readonly unneededIndex: string }
  /** Equal values may stand in this column from now on: one of `TEXT UNIQUE`, as the table was made. */
  | { readonly table: string; readonly notUnique: string }
  /** Sets a column to null, some rows at a time, in the order of their ids. */
  | { readonly table: string; readonly emptied: string }
