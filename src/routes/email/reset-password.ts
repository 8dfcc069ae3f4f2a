import { z } from 'zod'
import { resetPassword as reset } from '../../accounts/email/password/reset-password.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'
import { type PresentedBody, presentedMembers, readPresented } from './presented.ts'

export interface ResetPasswordBody extends PresentedBody {
  readonly new_password: string
}

const ResetPasswordBody: Schema<ResetPasswordBody> = z.object({
  ...presentedMembers,
  new_password: PasswordText.meta({ description: 'As for `register`. If it is rejected, the link stays valid' }),
})

export const resetPassword: Endpoint = defineEndpoint(
  {
    id: 'resetPassword',
    method: 'post',
    path: '/password/reset',
    summary: 'Sets a new password with the link or the code that was mailed, and ends all sessions',
    waits: true,
    body: { schema: ResetPasswordBody, required: true },
    answers: { 204: { description: 'Changed. Log in with the new password; a second factor is still required' } },
    refusals: ['code_invalid', 'rate_limited', 'overloaded'],
  },
  async ({ body, origin }, parts) => {
    await reset(parts, readPresented(body), body.new_password, origin)
    return { status: 204 }
  },
)
