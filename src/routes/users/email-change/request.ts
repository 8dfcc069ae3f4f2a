import { z } from 'zod'
import { requestEmailChange as request } from '../../../accounts/email/change/request-change.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../../http/endpoint.ts'

export interface EmailChangeBody {
  readonly new_email: string
}

const EmailChangeBody: Schema<EmailChangeBody> = z.object({ new_email: z.string() })

export const requestEmailChange: Endpoint = defineEndpoint(
  {
    id: 'requestEmailChange',
    method: 'post',
    path: '/email/change',
    summary: 'Mails a link and a code to a new address; the current one stays until they are used',
    guard: { fresh: true },
    body: { schema: EmailChangeBody, required: true },
    answers: { 202: { description: 'A mail was sent, if the address can be used' } },
    refusals: [
      'token_not_fresh',
      'insufficient_user_authentication',
      'session_required',
      'mail_disabled',
      'rate_limited',
    ],
  },
  async ({ body, caller, origin }, parts) => {
    await request(parts, caller, body.new_email, origin)
    return { status: 202 }
  },
)
