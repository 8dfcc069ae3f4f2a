import type { AuditEvent, AuditEventName } from '../store/audit.ts'

/** Where a request comes from, as far as a server can see. Events record it. */
export interface RequestOrigin {
  readonly address: string | null
  readonly userAgent: string | null
  /** The request's id, as in the log and the answer. */
  readonly requestId: string | null
  /** Who acts, if it is not a user over the network: at the command line, the user of the machine. */
  readonly actor: string | null
}

/** The origin of a change without a request, made by the operator or the application itself. */
export function operatorOrigin(actor: string | null): RequestOrigin {
  return { address: null, userAgent: null, requestId: null, actor }
}

export function makeEvent(
  event: AuditEventName,
  at: Date,
  { address, userAgent, requestId, actor }: RequestOrigin,
  about: Partial<Pick<AuditEvent, 'userId' | 'sessionId' | 'details'>> = {},
): AuditEvent {
  return { event, at, address, userAgent, requestId, actor, userId: null, sessionId: null, details: {}, ...about }
}
