import { z } from 'zod'
import { verifyEmail as verify } from '../../accounts/email/verify-email.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { type PresentedBody, presentedMembers, readPresented } from './presented.ts'

export type VerifyEmailBody = PresentedBody

const VerifyEmailBody: Schema<VerifyEmailBody> = z.object(presentedMembers)

export const verifyEmail: Endpoint = defineEndpoint(
  {
    id: 'verifyEmail',
    method: 'post',
    path: '/email/verify',
    summary: 'Verifies an e-mail address with the link or the code that was mailed to it',
    guard: { optional: true },
    body: { schema: VerifyEmailBody, required: true },
    answers: { 204: { description: 'Verified. Other accounts with this address, which never verified it, lose it' } },
    refusals: ['code_invalid', 'rate_limited'],
    waits: true,
  },
  async ({ body, caller, origin }, parts) => {
    await verify(parts, readPresented(body, caller?.userId), origin)
    return { status: 204 }
  },
)
