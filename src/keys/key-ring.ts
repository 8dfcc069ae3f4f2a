import { type ChangeParts, commit } from '../core/change.ts'
import { makeEvent } from '../core/events.ts'
import { defaultsOf, given } from '../core/settings/setting.ts'
import { ConfigurationError } from '../errors.ts'
import { endOfKey, type Revocation } from '../revocations/revocation.ts'
import { Sealing } from '../secrets/sealing.ts'
import type { Sql } from '../store/engine/database.ts'
import {
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  type SigningKey,
  updateSigningKey,
} from '../store/keys/signing-keys.ts'
import { longestTokenLife } from '../store/revocations/token-lives.ts'
import { generateKey } from '../token/keys/import-key.ts'
import type { Key } from '../token/keys/key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { changesBetween } from './key-changes.ts'
import { type KeyRingSettings, keySettings } from './options.ts'
import { type Rewrapped, rewrapSealed } from './rewrap-sealed.ts'
import { nextStep, type RotationRules, retire, type Step } from './rotation.ts'
import { openKey, sealKey } from './sealed-key.ts'

type RingParts = Pick<ChangeParts, 'database' | 'revocations' | 'announce' | 'signal' | 'now' | 'clock' | 'operator'>

const daySeconds = 24 * 60 * 60

/**
 * The server's keys, stored in the database. Every node signs with the active one and verifies with all. They change by
 * themselves when due, and one node makes each change once.
 */
export class KeyRing {
  /** The keys that sign and verify tokens. It changes with the ring. */
  readonly keySet: KeySet
  readonly #rules: Omit<RotationRules, 'tokenSeconds'>
  readonly #secrets: readonly [current: string, ...previous: string[]]
  readonly #sealing: Sealing
  readonly #parts: RingParts
  /** Decrypted keys by id. The key behind an id never changes. */
  readonly #opened = new Map<string, Key>()
  #refreshing: Promise<void> | undefined
  #isClosed = false

  /** @param keySet The set to fill. */
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
   * Decrypts every key, creates those that are missing, and starts signing.
   * @throws {ConfigurationError} `secret_mismatch`, `database_invalid`
   */
  async open(): Promise<void> {
    await this.read()
    await this.refresh()
  }

  /**
   * Decrypts every key, and changes nothing.
   * @throws {ConfigurationError} `secret_mismatch`, `database_invalid`
   */
  async read(): Promise<void> {
    const keys = await this.list()
    const locked = keys.filter((key) => key.sealed !== null && this.#open(key) === undefined)
    if (locked.length > 0) throw secretMismatch()
    this.#use(keys)
  }

  /** All keys, oldest first, including those that are gone. */
  list(): Promise<SigningKey[]> {
    return listSigningKeys(this.#parts.database.sql)
  }

  /** Adopts the changes of other nodes, and makes those that are due. Concurrent calls share one further run. */
  async refresh(): Promise<void> {
    await this.#refreshing?.catch(() => {})
    if (this.#isClosed) return
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Waits for a refresh in progress and starts no other, because the database is about to be closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#refreshing?.catch(() => {})
  }

  /**
   * Rotates: the next key signs from now on, and the active one only verifies.
   * @param immediately Rotates even if other services may not have the next key yet. They reject its tokens until they
   * fetch it.
   * @returns When it will be possible, if it is not yet.
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
   * Revokes a key, and with it every token that it signed. If it was active, the next key takes its place.
   * @returns `false` if there is no such key, or it is already gone.
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

  /**
   * Re-encrypts every key under the current secret. @returns How many were re-encrypted.
   * @throws {ConfigurationError} `secret_mismatch`, `database_invalid`
   */
  async rewrap(): Promise<number> {
    return this.#change(async (trx, keys) => {
      const old = keys.filter(({ sealed, sealedUnder }) => sealed !== null && sealedUnder !== this.#sealing.currentId)
      for (const key of old) {
        const opened = this.#open(key)
        if (opened === undefined) throw secretMismatch()
        await updateSigningKey(trx, key.kid, sealKey(this.#sealing, opened))
      }
      return old.length
    })
  }

  /**
   * Re-encrypts everything but the keys, such as second factors and queued mails. Once nothing is left that cannot be
   * decrypted, the previous secret is no longer needed.
   */
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
        // If the clocks disagree, keys stay as they are. A key created with a time in the future would have to be
        // waited for too long.
        const mayWait = keys.some(({ state }) => state === 'active')
        const certain = await clock.decisionTime(trx)
        if (mayWait && certain === undefined) return
        const time = certain ?? at
        // The certain time may be far behind the database's clock, by which the last tokens of a key were signed.
        const behindSeconds = Math.max(0, at.getTime() - time.getTime()) / 1000
        const lasting = { ...rules, tokenSeconds: rules.tokenSeconds + behindSeconds }
        for (let step = nextStep(keys, lasting, time); step; step = nextStep(keys, lasting, time)) {
          await this.#take(trx, step, time)
          keys = await listSigningKeys(trx)
        }
      })
      keys = await listSigningKeys(database.sql)
    }
    this.#use(keys)
  }

  /**
   * The active key of the configured algorithm comes last, so it signs. Until there is one, an active key of another
   * algorithm does.
   */
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

  #open(key: SigningKey): Key | undefined {
    const opened = this.#opened.get(key.kid) ?? openKey(this.#sealing, key)
    if (opened !== undefined) this.#opened.set(key.kid, opened)
    return opened
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
          ...sealKey(this.#sealing, key),
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
   * Changes the ring, one process at a time, and audits each change. How long a key verifies depends on the token lives
   * of all nodes, and the time is the database's.
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

function secretMismatch(): ConfigurationError {
  return new ConfigurationError(
    'secret_mismatch',
    `The signing keys in the database are encrypted with a different secret: restore that secret, or set it as HALLPASS_PREVIOUS_ENCRYPTION_SECRET and run 'hallpass keys rewrap'`,
  )
}
