import { z } from 'zod'
import { listSessionPage } from '../../accounts/sessions/sessions.ts'
import { callerOf, type Endpoint } from '../http/endpoint.ts'
import { SessionBody, sessionBody } from '../http/schemas.ts'

export const listSessions: Endpoint = {
  method: 'get',
  path: '/sessions',
  summary: 'Lists the sessions of the user, newest first',
  guard: {},
  query: z.object({
    limit: z.string().optional().meta({ description: 'Sessions per page, 1 to 100; 100 by default' }),
    after: z.string().optional().meta({ description: '`next` of the previous page' }),
  }),
  answer: {
    status: 200,
    description: 'A page of the sessions',
    schema: z.object({
      sessions: z.array(SessionBody),
      next: z.string().nullable().meta({ description: 'The `after` of the next page; null at the end' }),
    }),
  },
  refusals: ['invalid_request'],
  async handle(c, parts) {
    const { userId, sessionId } = callerOf(c)
    const limit = c.req.query('limit')
    const page = { after: c.req.query('after'), limit: limit === undefined ? undefined : readCount(limit) }
    const { sessions, next } = await listSessionPage(parts, userId, page)
    return c.json({ sessions: sessions.map((session) => sessionBody(session, sessionId)), next }, 200)
  },
}

function readCount(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}
