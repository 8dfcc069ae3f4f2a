import type { AuditEventName } from '../store/audit.ts'
import type { SigningKey } from '../store/keys/signing-keys.ts'

/** What became of which key, as the audit names it. */
export function changesBetween(
  before: readonly SigningKey[],
  after: readonly SigningKey[],
): [event: AuditEventName, key: SigningKey][] {
  return after.flatMap((key): [AuditEventName, SigningKey][] => {
    const old = before.find(({ kid }) => kid === key.kid)
    if (old === undefined) return [['key_created', key]]
    if (old.state === key.state) return old.sealedUnder === key.sealedUnder ? [] : [['key_rewrapped', key]]
    if (key.revokedAt !== null) return [['key_revoked', key]]
    const events = { next: 'key_created', active: 'key_activated', retiring: 'key_retired', gone: 'key_gone' } as const
    return [[events[key.state], key]]
  })
}
