import { z } from 'zod'
import { renewRecoveryCodes } from '../../accounts/mfa/setup/renew-recovery-codes.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

/** To be kept in a safe place. */
export const RecoveryCodes: z.ZodArray<z.ZodString> = z.array(z.string())

export interface RecoveryCodesBody {
  readonly recovery_codes: readonly string[]
}

const RecoveryCodesBody: Schema<RecoveryCodesBody> = z.object({
  recovery_codes: RecoveryCodes.meta({ description: 'Shown once; each is valid once' }),
})

export const makeRecoveryCodes: Endpoint = defineEndpoint(
  {
    id: 'makeRecoveryCodes',
    method: 'post',
    path: '/mfa/recovery_codes',
    summary: 'Replaces the recovery codes, and ends the other sessions',
    waits: true,
    guard: {},
    answers: {
      200: { description: 'The new codes; the previous ones are no longer valid', schema: RecoveryCodesBody },
    },
    refusals: ['session_required', 'insufficient_user_authentication', 'factor_not_found', 'overloaded'],
  },
  async ({ caller, origin }, parts) => {
    return { status: 200, body: { recovery_codes: await renewRecoveryCodes(parts, caller, origin) } }
  },
)
