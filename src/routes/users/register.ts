import { z } from 'zod'
import { register as registerUser } from '../../accounts/email/register.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'
import { UserBody, userBody } from './user-body.ts'

export interface RegisterBody {
  readonly username: string
  readonly password: string
  readonly email?: string | undefined
}

const RegisterBody: Schema<RegisterBody> = z.object({
  username: z.string().meta({ description: '1 to 64 characters, unique regardless of case' }),
  password: PasswordText.meta({ description: '8 to 128 characters, not a common password' }),
  email: z.string().optional().meta({ description: 'Required by a server with `requireVerifiedEmail`' }),
})

export const register: Endpoint = defineEndpoint(
  {
    id: 'register',
    method: 'post',
    path: '/register',
    summary: 'Creates an account',
    waits: true,
    body: { schema: RegisterBody, required: true },
    answers: { 201: { description: 'The account', schema: UserBody } },
    refusals: [
      'username_taken',
      'email_taken',
      'registration_closed',
      'rate_limited',
      'overloaded',
      'cross_site_refused',
    ],
  },
  async ({ body, origin, request }, parts) => {
    // Another site must not make this server send mails.
    checkOrigin(request, parts.jwt.settings.trustedOrigins)
    return { status: 201, body: userBody(await registerUser(parts, body, origin)) }
  },
)
