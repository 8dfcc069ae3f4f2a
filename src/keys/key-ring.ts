import { type ChangeParts, commit } from '../core/change.ts'
import { makeEvent } from '../core/events.ts'
import { defaultsOf, given } from '../core/settings/setting.ts'
import { ConfigurationError } from '../errors.ts'
import { endOfKey, type Revocation } from '../revocations/revocation.ts'
import { SealBrokenError, type Sealed, Sealing } from '../secrets/sealing.ts'
import type { Sql } from '../store/engine/database.ts'
import {
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  type SigningKey,
  updateSigningKey,
} from '../store/keys/signing-keys.ts'
import { longestTokenLife } from '../store/revocations/token-lives.ts'
import { generateKey, importKey } from '../token/keys/import-key.ts'
import { exportJwk } from '../token/keys/jwk.ts'
import type { Key } from '../token/keys/key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { changesBetween } from './key-changes.ts'
import { type KeyRingSettings, keySettings } from './options.ts'
import { type Rewrapped, rewrapSealed } from './rewrap-sealed.ts'
import { nextStep, type RotationRules, retire, type Step } from './rotation.ts'

type RingParts = Pick<ChangeParts, 'database' | 'revocations' | 'announce' | 'signal' | 'now' | 'clock' | 'operator'>

const daySeconds = 24 * 60 * 60

/**
 * The keys of the server, in the database: every node signs with the active one and verifies with all. They change by
 * themselves when it is time; whichever node comes first does it, once.
 */
export class KeyRing {
  /** What tokens are signed and verified with. It changes as the ring does. */
  readonly keySet: KeySet
  readonly #rules: Omit<RotationRules, 'tokenSeconds'>
  readonly #secrets: readonly [current: string, ...previous: string[]]
  readonly #sealing: Sealing
  readonly #parts: RingParts
  /** Those that were opened. A key never changes under its name. */
  readonly #opened = new Map<string, Key>()
  #refreshing: Promise<void> | undefined
  #isClosed = false

  /** @param keySet Is filled. */
  constructor(parts: RingParts, options: KeyRingSettings, keySet: KeySet = new KeySet()) {
    const { encryptionSecret, previousEncryptionSecret, ...rules } = { ...defaultsOf(keySettings), ...given(options) }
    this.keySet = keySet
    this.#parts = parts
    this.#secrets = [encryptionSecret, ...(previousEncryptionSecret === undefined ? [] : [previousEncryptionSecret])]
    this.#sealing = new Sealing('signing keys', ...this.#secrets)
    this.#rules = rules
  }

  /** How long services may cache the public keys. */
  get jwksMaxAgeSeconds(): number {
    return this.#rules.jwksMaxAgeSeconds
  }

  /** @deprecated Renamed to `jwksMaxAgeSeconds`. */
  get publishSeconds(): number {
    return this.#rules.jwksMaxAgeSeconds
  }

  /**
   * Opens every key, makes those that are missing, and signs from now on.
   * @throws {ConfigurationError} `secret_mismatch`, `database_invalid`
   */
  async open(): Promise<void> {
    await this.read()
    await this.refresh()
  }

  /**
   * Opens every key there is, and changes nothing.
   * @throws {ConfigurationError} `secret_mismatch`
   */
  async read(): Promise<void> {
    const keys = await this.list()
    const locked = keys.filter((key) => key.sealed !== null && this.#open(key) === undefined)
    if (locked.length > 0) {
      throw new ConfigurationError(
        'secret_mismatch',
        `The signing keys in the database are encrypted with a different secret: restore that secret, or set it as HALLPASS_PREVIOUS_ENCRYPTION_SECRET and run 'hallpass keys rewrap'`,
      )
    }
    this.#use(keys)
  }

  /** From the oldest to the newest, those that are gone included. */
  list(): Promise<SigningKey[]> {
    return listSigningKeys(this.#parts.database.sql)
  }

  /** Takes over what other nodes did, and does what is due. Any number of calls at once do it once more. */
  async refresh(): Promise<void> {
    await this.#refreshing?.catch(() => {})
    if (this.#isClosed) return
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Waits for a refresh that is under way, and begins no other: the database is about to be closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#refreshing?.catch(() => {})
  }

  /**
   * The next key signs from now on, the active one only verifies.
   * @param immediately Also where others may not have the next key yet, and refuse its tokens until they fetch it.
   * @returns When it can be done, where that is not now.
   */
  async rotate({ immediately = false }: { readonly immediately?: boolean } = {}): Promise<Date | undefined> {
    await this.refresh()
    const due = await this.#change(async (trx, keys, { at, rules }) => {
      const own = keys.filter(({ algorithm }) => algorithm === rules.algorithm)
      const active = own.find(({ state }) => state === 'active')
      const next = own.find(({ state }) => state === 'next')
      if (next === undefined) return at
      if (next.signsFrom > at && !immediately) return next.signsFrom
      if (active !== undefined) await this.#take(trx, retire(active, rules, at), at)
      await this.#take(trx, { do: 'promote', kid: next.kid }, at)
      return undefined
    })
    await this.refresh()
    return due
  }

  /**
   * Takes a key away, and with it every token that it signed. Where it was the active one, the next takes its place.
   * @returns `false` where there is no such key, or it is gone.
   */
  async revoke(kid: string): Promise<boolean> {
    const found = await this.#change(
      async (trx, keys, { at }) => {
        const key = keys.find((one) => one.kid === kid && one.state !== 'gone')
        if (key === undefined) return false
        await updateSigningKey(trx, kid, { ...gone, revokedAt: at })
        return true
      },
      [endOfKey(kid)],
    )
    await this.refresh()
    return found
  }

  /** Encrypts every key under the present secret. @returns How many. */
  async rewrap(): Promise<number> {
    return this.#change(async (trx, keys) => {
      const old = keys.filter(({ sealed, sealedUnder }) => sealed !== null && sealedUnder !== this.#sealing.currentId)
      for (const key of old) {
        const opened = this.#open(key)
        if (opened === undefined) throw new ConfigurationError('secret_mismatch', 'A signing key cannot be decrypted')
        await updateSigningKey(trx, key.kid, this.#seal(opened))
      }
      return old.length
    })
  }

  /** The same for whatever else is encrypted: second factors, mails that wait, links and codes. Then the previous secret is needed no more. */
  rewrapOthers(): Promise<Rewrapped[]> {
    const [secret, ...previous] = this.#secrets
    return rewrapSealed(this.#parts.database, { secret, previous })
  }

  async #refresh(): Promise<void> {
    const { database, clock, now } = this.#parts
    let keys: readonly SigningKey[] = await this.list()
    if (nextStep(keys, { ...this.#rules, tokenSeconds: 0 }, now()) !== undefined) {
      await this.#change(async (trx, found, { at, rules }) => {
        keys = found
        // Where the clocks disagree keys stay as they are: one that was made too early would be waited for too long.
        const mayWait = keys.some(({ state }) => state === 'active')
        if (mayWait && (await clock.decisionTime(trx)) === undefined) return
        for (let step = nextStep(keys, rules, at); step; step = nextStep(keys, rules, at)) {
          await this.#take(trx, step, at)
          keys = await listSigningKeys(trx)
        }
      })
      keys = await listSigningKeys(database.sql)
    }
    this.#use(keys)
  }

  /** The active key of our algorithm comes last, and signs; until there is one, that of another algorithm does. */
  #use(keys: readonly SigningKey[]): void {
    const rank = ({ state, algorithm }: SigningKey) =>
      state === 'active' ? (algorithm === this.#rules.algorithm ? 2 : 1) : 0
    const ordered = keys.filter(({ state }) => state !== 'gone').toSorted((one, other) => rank(one) - rank(other))
    const usable = ordered.flatMap((key) => {
      const opened = this.#open(key)
      return opened === undefined ? [] : [opened]
    })
    for (const kid of this.#opened.keys()) if (usable.every((key) => key.kid !== kid)) this.#opened.delete(kid)
    this.keySet.replace(usable)
  }

  /** `undefined` where it is encrypted under a secret that this node does not know: one that another was just given. */
  #open({ kid, algorithm, sealed, sealedUnder }: SigningKey): Key | undefined {
    const known = this.#opened.get(kid)
    if (known !== undefined || sealed === null || sealedUnder === null) return known
    const text = openSealed(this.#sealing, { sealed, sealedUnder }, aboutKey(kid, algorithm))
    if (text === undefined) return undefined
    const key = importKey({ jwk: JSON.parse(text) })
    this.#opened.set(kid, key)
    return key
  }

  #seal(key: Key) {
    return this.#sealing.seal(JSON.stringify(exportJwk(key, { private: true })), aboutKey(key.kid, key.algorithm))
  }

  async #take(trx: Sql, step: Step, at: Date): Promise<void> {
    const { algorithm } = this.#rules
    switch (step.do) {
      case 'make': {
        const { state, signsFrom } = step
        const key = generateKey(algorithm, algorithm.startsWith('HS') ? { kid: crypto.randomUUID() } : {})
        await insertSigningKey(trx, {
          kid: key.kid,
          algorithm,
          state,
          ...this.#seal(key),
          createdAt: at,
          signsFrom,
          activatedAt: state === 'active' ? at : null,
          retiredAt: null,
          verifiesUntil: null,
          revokedAt: null,
        })
        return
      }
      case 'promote':
        return updateSigningKey(trx, step.kid, { state: 'active', activatedAt: at })
      case 'retire':
        return updateSigningKey(trx, step.kid, { state: 'retiring', retiredAt: at, verifiesUntil: step.verifiesUntil })
      case 'bury':
        return updateSigningKey(trx, step.kid, gone)
    }
  }

  /**
   * Changes the ring, one process at a time; what became of which key is written down. How long a key verifies follows from
   * the tokens of all nodes, and the time is the database's.
   */
  #change<Result>(
    work: (
      trx: Sql,
      keys: readonly SigningKey[],
      facts: { readonly at: Date; readonly rules: RotationRules },
    ) => Promise<Result>,
    revoked: readonly Revocation[] = [],
  ): Promise<Result> {
    const { clock, operator } = this.#parts
    return commit(this.#parts, async (trx) => {
      await lockSigningKeys(trx)
      const before = await listSigningKeys(trx)
      const at = await clock.databaseTime(trx)
      const tokenSeconds = Math.max(await longestTokenLife(trx), daySeconds)
      const result = await work(trx, before, { at, rules: { ...this.#rules, tokenSeconds } })
      const after = await listSigningKeys(trx)
      const events = changesBetween(before, after).map(([event, { kid, algorithm }]) =>
        makeEvent(event, at, operator, { details: { kid, algorithm } }),
      )
      return { result, events, revoked: result === false ? [] : revoked, isSignalled: events.length > 0 }
    })
  }
}

const gone = { state: 'gone', sealed: null, sealedUnder: null } as const

function aboutKey(kid: string, algorithm: string): string {
  return `hallpass signing key ${algorithm} ${kid}`
}

/** @throws {ConfigurationError} `database_invalid` where a key was changed in the database */
function openSealed(sealing: Sealing, sealed: Sealed, about: string): string | undefined {
  try {
    return sealing.open(sealed, about)
  } catch (cause) {
    if (!(cause instanceof SealBrokenError)) throw cause
    throw new ConfigurationError('database_invalid', 'A signing key in the database was modified outside of hallpass', {
      cause,
    })
  }
}
