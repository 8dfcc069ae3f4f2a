import { createHmac } from 'node:crypto'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Database } from '../../store/engine/database.ts'
import { samplePasswordHashes } from '../../store/users/sample-users.ts'
import { costOf, decoyLike } from './formats.ts'

const refreshMilliseconds = 5 * 60 * 1000
/** Shares of formats that differ by less than this are sampling noise, and unknown names keep their decoys. */
const tolerance = 0.05

/** Hashes of one format and cost. */
interface Kind {
  readonly cost: string
  /** Share of all accounts, 0 to 1. */
  readonly share: number
  readonly decoy: string
}

/**
 * Hashes that the password for an unknown name is compared with. Hashes of other systems take more or less time to
 * compare than ours, so a name that always took our time could not be an imported account. Each unknown name therefore
 * has a format, chosen by a keyed hash of the name in the proportion in which the formats are stored. For this, a
 * sample of the accounts is read at start and every five minutes.
 */
export class Decoys {
  readonly #key: Buffer
  readonly #ownCost: string
  #kinds: readonly Kind[] = []

  /** @param ownCost The cost of hashes that are made here, as `costOf` returns it. */
  constructor(secrets: ServerSecret, ownCost: string) {
    this.#key = secrets.derive('decoys')[0]
    this.#ownCost = ownCost
  }

  /** @returns `undefined` for a decoy of our own format. */
  hashFor(account: string): string | undefined {
    let place = createHmac('sha256', this.#key).update(account).digest().readUIntBE(0, 6) / 2 ** 48
    for (const { share, decoy } of this.#kinds) {
      place -= share
      if (place < 0) return decoy
    }
    return undefined
  }

  async read(database: Database): Promise<void> {
    const kinds = kindsOf(await samplePasswordHashes(database), this.#ownCost)
    if (!areAlike(kinds, this.#kinds)) this.#kinds = kinds
  }

  /** Reads now and every few minutes. If a read fails, the decoys stay as they are. @returns Stops it. */
  async start(database: Database, onFault: (error: unknown) => void): Promise<() => void> {
    const read = () => this.read(database).catch(onFault)
    await read()
    const timer = setInterval(read, refreshMilliseconds)
    timer.unref()
    return () => clearInterval(timer)
  }
}

/**
 * In a fixed order, with our format last: as accounts log in and get our hashes, unknown names move to our format too,
 * one after another.
 */
function kindsOf(hashes: readonly string[], ownCost: string): Kind[] {
  const byCost = Map.groupBy(hashes, costOf)
  return [...byCost]
    .flatMap(([cost, alike]): Kind[] =>
      // A hash that cannot be read is compared as one of ours.
      cost === undefined || cost === ownCost
        ? []
        : [{ cost, share: alike.length / hashes.length, decoy: decoyLike(alike[0] as string) }],
    )
    .sort((one, other) => (one.cost < other.cost ? -1 : 1))
}

function areAlike(some: readonly Kind[], others: readonly Kind[]): boolean {
  const isSame = ({ cost, share }: Kind, index: number) =>
    cost === others[index]?.cost && Math.abs(share - others[index].share) <= tolerance
  return some.length === others.length && some.every(isSame)
}
