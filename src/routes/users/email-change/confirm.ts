import { z } from 'zod'
import { confirmEmailChange as confirm } from '../../../accounts/email/change/confirm-change.ts'
import { RequestError, TokenError } from '../../../errors.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../../http/endpoint.ts'

/** Either of the two. */
export interface ConfirmEmailChangeBody {
  readonly token?: string | undefined
  readonly code?: string | undefined
}

const ConfirmEmailChangeBody: Schema<ConfirmEmailChangeBody> = z.object({
  token: z.string().optional().meta({ description: 'From the link; needs no access token' }),
  code: z.string().optional().meta({ description: 'From the mail, instead of `token`; needs an access token' }),
})

export const confirmEmailChange: Endpoint = defineEndpoint(
  {
    id: 'confirmEmailChange',
    method: 'post',
    path: '/email/change/confirm',
    summary: 'Confirms a change of address, and ends the other sessions',
    guard: { optional: true },
    body: { schema: ConfirmEmailChangeBody, required: true },
    answers: { 204: { description: 'Changed. The previous address was sent a link that undoes this' } },
    refusals: ['code_invalid', 'mail_disabled', 'rate_limited'],
    waits: true,
  },
  async ({ body, caller, origin }, parts) => {
    const { token, code } = body
    if ((token === undefined) === (code === undefined)) throw oneOfBoth()
    if (token !== undefined) await confirm(parts, { token }, origin, caller)
    else if (caller === undefined) throw new TokenError('token_missing', 'A code requires an access token')
    else await confirm(parts, { code: code ?? '', userId: caller.userId }, origin, caller)
    return { status: 204 }
  },
)

function oneOfBoth(): RequestError {
  const msg = 'pass either token or code'
  return new RequestError('invalid_request', 'The body is invalid', { members: [{ member: 'token', msg }] })
}
