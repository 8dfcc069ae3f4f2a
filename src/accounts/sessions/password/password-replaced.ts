import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import type { OutboxParts } from '../../../mail/outbox/outbox.ts'
import { cutOfUser, endOfSession, type Revocation } from '../../../revocations/revocation.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteSecretsOf } from '../../../store/one-time/one-time-secrets.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import type { User } from '../../../store/users/users.ts'
import { lastingSecrets } from '../../users/factors.ts'
import type { Caller } from '../caller.ts'
import { othersOf } from '../end-own-sessions.ts'

/** What follows when users change, set or remove their own password, apart from what becomes of their session. */
export async function passwordReplaced(
  trx: Sql,
  parts: OutboxParts,
  caller: Caller,
  { user, event }: { readonly user: User; readonly event: 'password_changed' | 'password_removed' },
  { at, origin }: { readonly at: Date; readonly origin: RequestOrigin },
): Promise<{ readonly revoked: readonly Revocation[]; readonly events: readonly AuditEvent[] }> {
  await deleteSecretsOf(trx, user.id, { except: lastingSecrets })
  const ended = await revokeSessions(trx, othersOf(caller), 'password_changed', at)
  await queueNotice(trx, parts, user, event, {}, { at, origin })
  return {
    revoked: [...ended.map(({ id }) => endOfSession(id)), cutOfUser(user.id, at)],
    events: [makeEvent(event, at, origin, { userId: user.id, sessionId: caller.sessionId ?? null })],
  }
}
