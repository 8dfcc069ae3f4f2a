import { commit } from '../core/change.ts'
import { makeEvent } from '../core/events.ts'
import { openCore } from '../core/open-core.ts'
import type { CoreOptions } from '../core/settings/options.ts'
import { KeyRing } from './key-ring.ts'
import type { KeyRingSettings } from './options.ts'

/** What a command line needs to look after the keys. */
export interface OpenKeyRing {
  readonly keyRing: KeyRing
  /** The time that all processes go by: Unix seconds. */
  readonly clock: () => number
  /** Writes to the audit that the operator makes a token, before it is given away. */
  readonly noteIssued: (userId: string, details: Readonly<Record<string, unknown>>) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Opens the ring of a database that is there and up to date, without anything else. The keys themselves are opened by
 * `keyRing.open()`, or by `keyRing.read()`.
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
