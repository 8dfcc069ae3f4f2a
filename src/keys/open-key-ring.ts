import { commit } from '../core/change.ts'
import { makeEvent } from '../core/events.ts'
import { openCore } from '../core/open-core.ts'
import type { CoreOptions } from '../core/settings/options.ts'
import { listSigningKeys, type SigningKey } from '../store/keys/signing-keys.ts'
import { KeyRing } from './key-ring.ts'
import type { KeyRingSettings } from './options.ts'

/** What a command line needs to manage the keys. */
export interface OpenKeyRing {
  readonly keyRing: KeyRing
  /** The time that all processes share, in Unix seconds. */
  readonly clock: () => number
  /** Audits that the operator issues a token, before the token is handed out. */
  readonly noteIssued: (userId: string, details: Readonly<Record<string, unknown>>) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Opens the ring of an existing, migrated database, and nothing else. `keyRing.open()` or `keyRing.read()` then
 * decrypts the keys.
 * @throws {ConfigurationError} `database_invalid`, `database_newer`, `package_missing`
 */
export async function openKeyRing({
  keyRing: options,
  ...core
}: CoreOptions & { readonly keyRing: KeyRingSettings }): Promise<OpenKeyRing> {
  const parts = await openCore(core, { preparing: 'nothing' })
  const keyRing = new KeyRing(parts, options)
  return {
    keyRing,
    clock: () => parts.sharedClock.seconds(),
    noteIssued: (userId, details) =>
      commit(parts, async () => {
        const event = makeEvent('token_issued', parts.now(), parts.operator, { userId, details })
        return { result: undefined, events: [event] }
      }),
    close: parts.close,
  }
}

/**
 * Lists the keys of an existing, migrated database, oldest first. What is listed is not encrypted, so this needs no
 * secret.
 * @throws {ConfigurationError} `database_invalid`, `database_newer`, `package_missing`
 */
export async function listKeys(core: CoreOptions): Promise<SigningKey[]> {
  const { database, close } = await openCore(core, { preparing: 'nothing' })
  try {
    return await listSigningKeys(database.sql)
  } finally {
    await close()
  }
}
