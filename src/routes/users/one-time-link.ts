import { z } from 'zod'
import { redeemOneTimeLink as redeem } from '../../accounts/email/password/redeem-one-time-link.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'

export interface OneTimeLinkBody {
  readonly token: string
  readonly new_password: string
}

const OneTimeLinkBody: Schema<OneTimeLinkBody> = z.object({
  token: z.string().meta({ description: 'From the link that an operator made' }),
  new_password: PasswordText,
})

export const redeemOneTimeLink: Endpoint = defineEndpoint(
  {
    id: 'redeemOneTimeLink',
    method: 'post',
    path: '/one-time-link',
    summary: 'Sets a new password by a link of an operator, ends all sessions and revokes all access tokens',
    waits: true,
    body: { schema: OneTimeLinkBody, required: true },
    answers: { 204: { description: 'Set. Log in with it; a second factor is still required' } },
    refusals: ['code_invalid', 'overloaded'],
  },
  async ({ body, origin }, parts) => {
    await redeem(parts, body.token, body.new_password, origin)
    return { status: 204 }
  },
)
