import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely'
import { TurnBudget } from './turn-budget.ts'

/** How long a write waits for another process that is writing. */
export const busyMilliseconds = 5000
/** How long nothing waits after a wait in vain: what queued behind it has waited as long. */
const giveUpMilliseconds = 1000

/** Serves every request on one connection, which kysely gives to one query or transaction at a time. */
export class NodeSqliteDriver implements Driver {
  readonly #connection: SqliteConnection
  readonly #file: DatabaseSync
  readonly #budget = new TurnBudget()

  /** @param requireFile Throws if what is written to the file would be lost. */
  constructor(file: DatabaseSync, requireFile: () => void) {
    this.#file = file
    this.#connection = new SqliteConnection(file, requireFile)
  }

  async init(): Promise<void> {}

  /** Must not throw: Kysely, which has taken its lock by then, would never release it. */
  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#budget.wait()
    return this.#connection
  }

  /**
   * Takes the write lock first: a transaction that reads and then writes would fail if another process wrote in
   * between.
   */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'))
    this.#connection.isTransaction = true
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    // The COMMIT fails if SQLite has rolled back.
    this.#connection.isTransaction = false
    await connection.executeQuery(CompiledQuery.raw('COMMIT'))
  }

  /** SQLite rolls back by itself if the disk is full or fails. There is nothing to undo then, and that is no error. */
  async rollbackTransaction(): Promise<void> {
    this.#connection.isTransaction = false
    if (this.#file.isTransaction) this.#file.exec('ROLLBACK')
  }

  async releaseConnection(): Promise<void> {}

  /**
   * Runs one statement outside of a transaction. Kysely's queue costs more than most statements do, so the statement
   * joins it only if it has to wait: for a transaction of this process, or for another process that is writing.
   * @param queue Runs its callback when it is this statement's turn.
   */
  async runAlone<Row>(
    text: string,
    values: readonly unknown[],
    { isExpendable, queue }: { readonly isExpendable: boolean; readonly queue: Queue },
  ): Promise<QueryResult<Row>> {
    await this.#budget.wait()
    const statement = [text, values as SQLInputValue[], isExpendable] as const
    return this.#connection.runNow<Row>(...statement) ?? queue(() => this.#connection.run<Row>(...statement))
  }

  async destroy(): Promise<void> {
    this.#file.close()
  }
}

/** Waits until no one else uses the connection. */
type Queue = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Preparing costs more than running. The texts are few and our own; lists of values add some. */
const maxStatements = 256

interface Prepared {
  readonly statement: StatementSync
  /** The position of each value to bind among the given values; absent if they are in order. */
  readonly order: readonly number[] | undefined
  readonly hasRows: boolean
  readonly isRead: boolean
}

class SqliteConnection implements DatabaseConnection {
  /** Whether kysely has begun a transaction. */
  isTransaction = false
  readonly #file: DatabaseSync
  readonly #requireFile: () => void
  readonly #statements = new Map<string, Prepared>()
  /** When the wait for another process ends for all statements that need it. A successful write resets it. */
  #deadline = Number.NEGATIVE_INFINITY

  constructor(file: DatabaseSync, requireFile: () => void) {
    this.#file = file
    this.#requireFile = requireFile
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    return this.run<Row>(sql, parameters as SQLInputValue[])
  }

  /** @returns `undefined` if it would have to wait. */
  runNow<Row>(text: string, values: readonly SQLInputValue[], isExpendable: boolean): QueryResult<Row> | undefined {
    if (!this.#file.isOpen || this.#file.isTransaction) return undefined
    try {
      return this.#run<Row>(text, values, isExpendable)
    } catch (error) {
      if (isBusy(error)) return undefined
      throw error
    }
  }

  /**
   * Waits while another process is writing. SQLite's own wait would block the event loop, possibly for ever: the writer
   * may be another connection of this process, in the middle of a transaction.
   */
  async run<Row>(text: string, values: readonly SQLInputValue[], isExpendable = false): Promise<QueryResult<Row>> {
    // After a rollback, the remaining statements of the transaction would each be committed by themselves.
    if (this.isTransaction && !this.#file.isTransaction) throw new Error('SQLite has rolled the transaction back')
    for (;;) {
      try {
        return this.#run<Row>(text, values, isExpendable)
      } catch (error) {
        if (!isBusy(error) || this.#file.isTransaction || this.#isOverdue()) throw error
        await sleep(1 + Math.random() * 5)
      }
    }
  }

  /** Whether the wait for another process has been too long. Begins one if there is none. */
  #isOverdue(): boolean {
    const now = performance.now()
    if (now > this.#deadline + giveUpMilliseconds) this.#deadline = now + busyMilliseconds
    return now > this.#deadline
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streams are not used')
  }

  #run<Row>(text: string, values: readonly SQLInputValue[], isExpendable: boolean): QueryResult<Row> {
    this.#requireFile()
    const prepared = this.#prepare(text)
    if (prepared.isRead) return execute(prepared, values)
    const result = isExpendable ? this.#executeExpendable<Row>(prepared, values) : execute<Row>(prepared, values)
    this.#deadline = Number.NEGATIVE_INFINITY
    return result
  }

  #executeExpendable<Row>(prepared: Prepared, values: readonly SQLInputValue[]): QueryResult<Row> {
    // Nothing is awaited in between, so every other statement is on the disk when it returns.
    this.#file.exec('PRAGMA synchronous = NORMAL')
    try {
      return execute(prepared, values)
    } finally {
      this.#file.exec('PRAGMA synchronous = FULL')
    }
  }

  #prepare(text: string): Prepared {
    let prepared = this.#statements.get(text)
    if (prepared === undefined) {
      if (this.#statements.size >= maxStatements) this.#statements.clear()
      prepared = prepare(this.#file, text)
      this.#statements.set(text, prepared)
    }
    return prepared
  }
}

/**
 * Kysely writes `?`. Our own texts use PostgreSQL's `$1`, which SQLite would treat as a name, and names are slower to
 * bind.
 */
function prepare(file: DatabaseSync, text: string): Prepared {
  const order: number[] = []
  const statement = file.prepare(
    text.replace(/\$(\d+)/g, (_, number) => {
      order.push(number - 1)
      return '?'
    }),
  )
  return {
    statement,
    order: order.length > 0 ? order : undefined,
    hasRows: statement.columns().length > 0,
    isRead: /^\s*SELECT\b/i.test(text),
  }
}

function execute<Row>({ statement, order, hasRows }: Prepared, values: readonly SQLInputValue[]): QueryResult<Row> {
  const bound = order === undefined ? values : order.map((index) => values[index] as SQLInputValue)
  if (hasRows) return { rows: statement.all(...bound) as Row[] }
  return { rows: [], numAffectedRows: BigInt(statement.run(...bound).changes) }
}

export function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}
