import { z } from 'zod'
import { requestVerification as request, requestOwnVerification } from '../../accounts/email/request-verification.ts'
import { RequestError } from '../../errors.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

export interface RequestVerificationBody {
  readonly email?: string | undefined
}

const RequestVerificationBody: Schema<RequestVerificationBody> = z.object({
  email: z.string().optional().meta({ description: 'Not needed with an access token: it is the address of the user' }),
})

export const requestVerification: Endpoint = defineEndpoint(
  {
    id: 'requestVerification',
    method: 'post',
    path: '/email/verification',
    summary: 'Mails a link and a code that verify an e-mail address',
    guard: { optional: true },
    body: { schema: RequestVerificationBody, required: false },
    answers: { 202: { description: 'The same, whether an account has the address or not' } },
    refusals: ['mail_disabled', 'user_not_found', 'rate_limited'],
  },
  async ({ body, caller, origin, request: view }, parts) => {
    // Another site must not make this server send mails.
    checkOrigin(view, parts.jwt.settings.trustedOrigins)
    if (caller !== undefined) await requestOwnVerification(parts, caller.userId, origin)
    else if (body.email !== undefined) await request(parts, body.email, origin)
    else throw new RequestError('invalid_request', 'Send email, or an access token')
    return { status: 202 }
  },
)
