import { z } from 'zod'
import type { ProveFactor } from '../../accounts/mfa/codes/proven-factor.ts'
import type { PasskeyParts } from '../../accounts/passkeys/parts.ts'
import { passkeyFactor } from '../../accounts/passkeys/second-factor.ts'
import type { GivenCredential } from '../../accounts/passkeys/verify.ts'
import type { RequestOrigin } from '../../core/events.ts'

/** The members that prove a passkey, in any body. */
export const PasskeyAnswer: {
  readonly challenge_token: z.ZodOptional<z.ZodString>
  readonly credential: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodUnknown>>
} = {
  challenge_token: z.string().optional().meta({ description: 'With a passkey: from its options' }),
  credential: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'The response of the authenticator: `PublicKeyCredential.toJSON()`' }),
}

/** A second factor as a body has it. */
interface GivenFactor {
  readonly method?: string | undefined
  readonly code?: string | undefined
  readonly challenge_token?: string | undefined
  readonly credential?: GivenCredential | undefined
}

/** Requires that a passkey comes with its challenge, and any other factor with its code. */
export function checkProof(
  { method, code, challenge_token, credential }: GivenFactor,
  context: Pick<z.core.$RefinementCtx, 'addIssue'>,
): void {
  const needed = method === 'passkey' ? { challenge_token, credential } : { code }
  const issues = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []))
  for (const name of issues) context.addIssue({ code: 'custom', path: [name], message: 'is missing' })
  if (method === 'unstated') context.addIssue({ code: 'custom', path: ['method'], message: 'is missing' })
}

/** The proof of a factor whose members have been checked. */
export function factorOf(
  parts: PasskeyParts,
  { method, code = '', challenge_token: challengeToken = '', credential }: GivenFactor,
  about: { readonly purpose: 'mfa' | 'reauthenticate'; readonly owner: string },
  origin: RequestOrigin,
): ProveFactor | { readonly method: 'totp' | 'recovery_code'; readonly code: string } {
  if (credential !== undefined && (method === undefined || method === 'passkey')) {
    return passkeyFactor(parts, { challengeToken, credential }, about, origin)
  }
  return { method: method === 'recovery_code' ? 'recovery_code' : 'totp', code }
}
