import { TokenError } from '../../errors.ts'
import { findUser } from '../../store/users.ts'
import { callerOf, type Endpoint } from '../http/endpoint.ts'
import { MeBody, userBody } from '../http/schemas.ts'

export const me: Endpoint = {
  method: 'get',
  path: '/me',
  summary: 'Who is logged in',
  guard: {},
  answer: { status: 200, description: 'The account', schema: MeBody },
  refusals: ['user_not_found'],
  async handle(c, { database }) {
    const user = await findUser(database.sql, callerOf(c).userId)
    if (user === undefined) throw new TokenError('user_not_found', 'There is no such user any more')
    return c.json({ ...userBody(user), roles: user.roles }, 200)
  },
}
