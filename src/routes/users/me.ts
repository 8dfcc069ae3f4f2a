import { TokenError } from '../../errors.ts'
import { findUser } from '../../store/users.ts'
import { callerOf, type Endpoint } from '../http/endpoint.ts'
import { MeBody, userBody } from '../http/schemas.ts'

export const me: Endpoint = {
  method: 'get',
  path: '/me',
  summary: 'Returns the account of the user',
  guard: {},
  answer: { status: 200, description: 'The account', schema: MeBody },
  refusals: ['user_not_found'],
  async handle(c, { database }) {
    const user = await findUser(database.sql, callerOf(c).userId)
    if (user === undefined) throw new TokenError('user_not_found', 'The user no longer exists')
    return c.json({ ...userBody(user), roles: user.roles }, 200)
  },
}
