import { z } from 'zod'
import { register as registerUser } from '../../accounts/users/register.ts'
import { readBody } from '../http/body.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { PasswordText, UserBody, userBody } from '../http/schemas.ts'

const Body = z.object({
  username: z.string().meta({ description: '1 to 64 characters, unique regardless of case' }),
  password: PasswordText.meta({ description: '8 to 128 characters, not a common password' }),
  email: z.string().optional(),
})

export const register: Endpoint = {
  method: 'post',
  path: '/register',
  summary: 'Creates an account',
  body: { schema: Body, required: true },
  answer: { status: 201, description: 'The account', schema: UserBody },
  refusals: ['username_taken', 'email_taken', 'registration_closed', 'rate_limited', 'overloaded'],
  async handle(c, parts) {
    const wanted = await readBody(c, Body)
    const user = await registerUser(parts, wanted, c.var.origin)
    return c.json(userBody(user), 201)
  },
}
