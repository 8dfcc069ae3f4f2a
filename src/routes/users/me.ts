import { TokenError } from '../../errors.ts'
import { findUser } from '../../store/users/users.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'
import { MeBody, userBody } from './user-body.ts'

export const me: Endpoint = defineEndpoint(
  {
    id: 'me',
    method: 'get',
    path: '/me',
    summary: 'Returns the account of the user',
    guard: {},
    answers: { 200: { description: 'The account', schema: MeBody } },
    refusals: ['user_not_found'],
  },
  async ({ caller }, { database }) => {
    const user = await findUser(database.sql, caller.userId)
    if (user === undefined) throw new TokenError('user_not_found', 'The user no longer exists')
    return {
      status: 200,
      body: {
        ...userBody(user),
        email_verified: user.emailVerifiedAt !== null,
        roles: user.roles,
        has_password: user.passwordHash !== null,
      },
    }
  },
)
