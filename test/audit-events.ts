import type { AuditEvent, AuditEventName } from '../src/store/audit.ts'
import type { Sql } from '../src/store/engine/database.ts'

/** The newest events first, of one user or of all. */
export async function listAuditEvents(
  sql: Sql,
  { userId, limit }: { userId?: string; limit: number },
): Promise<AuditEvent[]> {
  const rows = await sql
    .selectFrom('hallpass_audit')
    .selectAll()
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId as string))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    event: row.event as AuditEventName,
    at: new Date(Number(row.at)),
    userId: row.user_id,
    sessionId: row.session_id,
    address: row.address,
    userAgent: row.user_agent,
    requestId: row.request_id,
    actor: row.actor,
    details: JSON.parse(row.details),
  }))
}
