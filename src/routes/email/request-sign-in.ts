import { z } from 'zod'
import { requestSignIn as request } from '../../accounts/email/sign-in/request-sign-in.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

export interface RequestSignInBody {
  readonly email: string
}

const RequestSignInBody: Schema<RequestSignInBody> = z.object({ email: z.string() })

export const requestSignIn: Endpoint = defineEndpoint(
  {
    id: 'requestSignIn',
    method: 'post',
    path: '/login/email',
    summary: 'Mails a link and a code that log in',
    body: { schema: RequestSignInBody, required: true },
    answers: { 202: { description: 'The same, whether an account has the address or not' } },
    refusals: ['mail_disabled', 'email_sign_in_disabled', 'rate_limited', 'cross_site_refused'],
  },
  async ({ body, origin, request: view }, parts) => {
    // Another site must not make this server send mails.
    checkOrigin(view, parts.jwt.settings.trustedOrigins)
    await request(parts, body.email, origin)
    return { status: 202 }
  },
)
