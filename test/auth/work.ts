import { AsyncLocalStorage } from 'node:async_hooks'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import pg from 'pg'
import { vi } from 'vitest'

/** What something does beyond JavaScript, in its order. */
export interface Work {
  /** The texts of SQL statements. */
  readonly statements: string[]
  /** The algorithm and costs of password hashes. */
  readonly hashes: string[]
}

/** Of what is under way. What a timer does meanwhile, such as reading revocations, is in no one's account. */
const accounts = new AsyncLocalStorage<Work>()

/** Everything is done as ever: this only writes it down. */
export async function workOf(task: () => Promise<unknown>): Promise<Work> {
  const work: Work = { statements: [], hashes: [] }
  await accounts.run(work, task)
  return work
}

/** For `vi.mock('@node-rs/argon2', …)`. */
export function countHashes<Library extends { verify: Hash; hash: Hash }>(library: Library): Library {
  const counted =
    (name: 'verify' | 'hash') =>
    (...args: unknown[]) => {
      const cost = name === 'verify' ? /^(.*?)\$[^$]*\$[^$]*$/.exec(String(args[0]))?.[1] : JSON.stringify(args[1])
      accounts.getStore()?.hashes.push(`${name} ${cost}`)
      return library[name](...args)
    }
  return { ...library, verify: counted('verify'), hash: counted('hash') }
}

// biome-ignore lint/suspicious/noExplicitAny: the library's own parameters
type Hash = (...args: any[]) => Promise<unknown>

/** Until `vi.restoreAllMocks()`. */
export function countStatements(): void {
  const statement: StatementSync = new DatabaseSync(':memory:').prepare('SELECT 1')
  const prototype = Object.getPrototypeOf(statement) as StatementSync
  for (const method of ['all', 'get', 'run'] as const) {
    const real = prototype[method] as (...args: unknown[]) => unknown
    vi.spyOn(prototype, method).mockImplementation(function (this: StatementSync, ...args: unknown[]) {
      accounts.getStore()?.statements.push(this.sourceSQL)
      return real.apply(this, args)
    } as never)
  }
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [asked] = args as [string | { readonly text: string }]
    accounts.getStore()?.statements.push(typeof asked === 'string' ? asked : asked.text)
    return query.apply(this, args)
  } as never)
}
