import { z } from 'zod'
import { listSessionPage } from '../../accounts/sessions/sessions.ts'
import { isUuid } from '../../store/engine/ids.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { SessionBody, sessionBody } from './session-body.ts'

export interface SessionsQuery {
  readonly limit?: number | undefined
  readonly after?: string | undefined
}

const SessionsQuery: Schema<SessionsQuery> = z.object({
  limit: z
    .string()
    .transform(readCount)
    .pipe(z.int().min(1).max(100))
    .optional()
    .meta({ description: 'Sessions per page, 1 to 100; 100 by default' }),
  after: z
    .string()
    .refine(isUuid, 'must be what `next` was')
    .optional()
    .meta({ format: 'uuid', description: '`next` of the previous page' }),
})

export interface SessionsBody {
  readonly sessions: readonly SessionBody[]
  readonly next: string | null
}

const SessionsBody: Schema<SessionsBody> = z.object({
  sessions: z.array(SessionBody),
  next: z.string().nullable().meta({ description: 'The `after` of the next page; null at the end' }),
})

export const listSessions: Endpoint = defineEndpoint(
  {
    id: 'listSessions',
    method: 'get',
    path: '/sessions',
    summary: 'Lists the sessions of the user, newest first',
    guard: {},
    query: SessionsQuery,
    answers: { 200: { description: 'A page of the sessions', schema: SessionsBody } },
    refusals: ['invalid_request'],
  },
  async ({ query, caller }, parts) => {
    const { sessions, next } = await listSessionPage(parts, caller.userId, query)
    const bodies = await Promise.all(sessions.map((session) => sessionBody(session, caller.sessionId)))
    return { status: 200, body: { sessions: bodies, next } }
  },
)

function readCount(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}
