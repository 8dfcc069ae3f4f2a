import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely'

/** How long a write waits for another process that is writing. */
export const busyMilliseconds = 5000

/** One connection serves every request: kysely hands it to one query or transaction after the other. */
export class NodeSqliteDriver implements Driver {
  readonly #connection: SqliteConnection
  readonly #file: DatabaseSync

  constructor(file: DatabaseSync) {
    this.#file = file
    this.#connection = new SqliteConnection(file)
  }

  async init(): Promise<void> {}

  /**
   * Nothing here waits for anything but its turn, so a hundred requests would be served to their ends, one after the other,
   * before the event loop looks at anything else. Each turn lets it look.
   */
  async acquireConnection(): Promise<DatabaseConnection> {
    await nextTurn()
    return this.#connection
  }

  /** Takes the write lock first: a transaction that reads and then writes would fail where another process wrote in between. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'))
    this.#connection.isTransaction = true
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    // Where SQLite has rolled back, this fails.
    this.#connection.isTransaction = false
    await connection.executeQuery(CompiledQuery.raw('COMMIT'))
  }

  /** SQLite has rolled back by itself where the disk is full or fails: then there is nothing to undo, and that is no fault. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    this.#connection.isTransaction = false
    if (this.#file.isTransaction) await connection.executeQuery(CompiledQuery.raw('ROLLBACK'))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#file.close()
  }
}

/** Preparing costs more than running. The texts are ours and few; lists of values make some more. */
const maxStatements = 256

interface Prepared {
  readonly statement: StatementSync
  readonly isNamed: boolean
  readonly hasRows: boolean
}

class SqliteConnection implements DatabaseConnection {
  /** Whether what is run belongs to a transaction, as kysely sees it. */
  isTransaction = false
  readonly #file: DatabaseSync
  readonly #statements = new Map<string, Prepared>()

  constructor(file: DatabaseSync) {
    this.#file = file
  }

  /**
   * Waits while another process is writing. SQLite's own waiting would hold the event loop, and for ever: the writer may be
   * another connection of this very process, in the middle of a transaction.
   */
  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    // The rest of a transaction that is no more would be kept, each statement by itself.
    if (this.isTransaction && !this.#file.isTransaction) throw new Error('SQLite has rolled the transaction back')
    const deadline = performance.now() + busyMilliseconds
    for (;;) {
      try {
        return this.#run<Row>(sql, parameters as SQLInputValue[])
      } catch (error) {
        if (!isBusy(error) || this.#file.isTransaction || performance.now() > deadline) throw error
        await sleep(1 + Math.random() * 5)
      }
    }
  }

  // biome-ignore lint/correctness/useYield: nothing is streamed
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streams are not used')
  }

  #run<Row>(text: string, values: SQLInputValue[]): QueryResult<Row> {
    const { statement, isNamed, hasRows } = this.#prepare(text)
    const bound: [] = (isNamed ? [byName(values)] : values) as []
    if (hasRows) return { rows: statement.all(...bound) as Row[] }
    return { rows: [], numAffectedRows: BigInt(statement.run(...bound).changes) }
  }

  #prepare(text: string): Prepared {
    let prepared = this.#statements.get(text)
    if (prepared === undefined) {
      if (this.#statements.size >= maxStatements) this.#statements.clear()
      const statement = this.#file.prepare(text)
      // Kysely writes `?`. Texts with `$1` are PostgreSQL's, and SQLite takes that for a name.
      prepared = { statement, isNamed: text.includes('$1'), hasRows: statement.columns().length > 0 }
      this.#statements.set(text, prepared)
    }
    return prepared
  }
}

function byName(values: readonly SQLInputValue[]): Record<string, SQLInputValue> {
  return Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))
}

export function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}
