import { z } from 'zod'
import { listSessions as listOf } from '../store/sessions.ts'
import { callerOf, type Endpoint } from './endpoint.ts'
import { SessionBody, sessionBody } from './schemas.ts'

export const listSessions: Endpoint = {
  method: 'get',
  path: '/sessions',
  summary: 'Where the user is logged in, newest first',
  guard: {},
  answer: { status: 200, description: 'The sessions', schema: z.object({ sessions: z.array(SessionBody) }) },
  refusals: [],
  async handle(c, { database, now }) {
    const { userId, sessionId } = callerOf(c)
    const sessions = await listOf(database.sql, userId, now())
    return c.json({ sessions: sessions.map((session) => sessionBody(session, sessionId)) }, 200)
  },
}
