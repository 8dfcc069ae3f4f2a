import type { Database } from '../engine/database.ts'

/**
 * One step forward; there are none back. A released migration is never edited, because its checksum is stored in the
 * database.
 */
export interface Migration {
  readonly number: number
  readonly name: string
  /**
   * Whether nodes of the previous version can keep running: the migration only adds what they can ignore. Such nodes
   * stay ready and can be replaced one by one. Otherwise they are not ready as soon as it is applied.
   */
  readonly isAdditive: boolean
  /**
   * Steps that run before the statements, on tables that may be large, while nodes serve. On PostgreSQL each step runs
   * by itself and does not block requests for long. Each can be interrupted and repeated.
   */
  readonly preparations?: readonly Preparation[]
  /** Run in one transaction. A text is the same for SQLite and PostgreSQL unless one of them needs its own. */
  readonly statements: readonly (string | Readonly<Record<Database['kind'], string | readonly string[]>>)[]
}

/** A change to a table that may be large. */
export type Preparation =
  | { readonly table: string; readonly made: string }
  /**
   * `breaksPrepared`: nodes of the previous version have prepared a statement that returns all columns of this table.
   */
  | { readonly table: string; readonly added: readonly string[]; readonly breaksPrepared?: boolean }
  | { readonly index: string; readonly on: string }
  | { readonly unneededIndex: string }
  /** Allows equal values in this column, which was created as `TEXT UNIQUE`. */
  | { readonly table: string; readonly notUnique: string }
  /** Sets a column to null in batches of rows, in the order of their ids. */
  | { readonly table: string; readonly emptied: string }
