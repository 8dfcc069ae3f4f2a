import { z } from 'zod'
import { forgotPassword as forgot } from '../../accounts/email/password/forgot-password.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

export interface ForgotPasswordBody {
  readonly email: string
}

const ForgotPasswordBody: Schema<ForgotPasswordBody> = z.object({ email: z.string() })

export const forgotPassword: Endpoint = defineEndpoint(
  {
    id: 'forgotPassword',
    method: 'post',
    path: '/password/forgot',
    summary: 'Mails a link and a code that set a new password',
    body: { schema: ForgotPasswordBody, required: true },
    answers: { 202: { description: 'The same, whether an account has the address or not' } },
    refusals: ['mail_disabled', 'rate_limited', 'cross_site_refused'],
  },
  async ({ body, origin, request }, parts) => {
    // Another site must not make this server send mails.
    checkOrigin(request, parts.jwt.settings.trustedOrigins)
    await forgot(parts, body.email, origin)
    return { status: 202 }
  },
)
