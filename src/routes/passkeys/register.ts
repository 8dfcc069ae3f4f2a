import { z } from 'zod'
import { beginPasskeyAtLogin, enrollPasskeyAtLogin } from '../../accounts/passkeys/enroll.ts'
import { beginPasskey, type RegisteredPasskey, registerPasskey as register } from '../../accounts/passkeys/register.ts'
import type { GivenCredential } from '../../accounts/passkeys/verify.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { EnrollmentToken, enrollerRefusals, readEnroller } from '../mfa/enroller.ts'
import { RecoveryCodes } from '../mfa/recovery-codes.ts'
import { answerAccess, answerTokens, type TokensBody } from '../sessions/answer-tokens.ts'
import { unsetChallengeCookie } from '../sessions/cookies/challenge-cookie.ts'
import { optionsBody, PasskeyOptionsBody } from './options-body.ts'
import { PasskeyBody, PasskeyNameText, passkeyBody } from './passkey-body.ts'

export interface RegisterOptionsBody {
  readonly mfa_token?: string | undefined
}

const RegisterOptionsBody: Schema<RegisterOptionsBody> = z.object({ mfa_token: EnrollmentToken })

export const registerOptions: Endpoint = defineEndpoint(
  {
    id: 'registerPasskeyOptions',
    method: 'post',
    path: '/passkeys/options',
    summary: 'Begins to register a passkey',
    credentials: ['access'],
    body: { schema: RegisterOptionsBody, required: false },
    answers: { 200: { description: 'Options for creating a passkey', schema: PasskeyOptionsBody } },
    refusals: [...enrollerRefusals, 'factor_limit_reached'],
  },
  async ({ request, body }, parts) => {
    // The client states with the passkey where the tokens go.
    const enroller = await readEnroller(request, parts, { mfa_token: body.mfa_token })
    const begun =
      'challenge' in enroller
        ? await beginPasskeyAtLogin(parts, enroller.challenge)
        : await beginPasskey(parts, enroller.caller)
    return { status: 200, body: optionsBody(begun) }
  },
)

export interface RegisterPasskeyBody {
  readonly challenge_token: string
  readonly credential: GivenCredential
  readonly name?: string | undefined
  readonly mfa_token?: string | undefined
  readonly cookies?: boolean | undefined
}

const RegisterPasskeyBody: Schema<RegisterPasskeyBody> = z.object({
  challenge_token: z.string(),
  credential: z
    .record(z.string(), z.unknown())
    .meta({ description: 'The response of the authenticator: `PublicKeyCredential.toJSON()`' }),
  name: PasskeyNameText.optional().meta({ description: 'The name that the user gives it' }),
  mfa_token: EnrollmentToken,
  cookies: z
    .boolean()
    .optional()
    .meta({ description: 'With `mfa_token`: returns the tokens in cookies; by default, as the login requested' }),
})

/** A passkey that was registered, and a fresh access token, or all tokens of a login. */
export interface RegisteredPasskeyBody extends Omit<TokensBody, 'trusted_device_token'> {
  readonly passkey: PasskeyBody
  readonly recovery_codes?: readonly string[] | undefined
}

const RegisteredPasskeyBody: Schema<RegisteredPasskeyBody> = z.object({
  passkey: PasskeyBody,
  recovery_codes: RecoveryCodes.optional().meta({ description: 'Shown once, and only if the user had none left' }),
  access_token: z.string().optional().meta({ description: 'Not with cookies' }),
  refresh_token: z.string().optional().meta({ description: 'After a login. Not with cookies' }),
  device_token: z.string().optional().meta({ description: 'After a login. Not with cookies' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Lifetime of the access token in seconds' }),
})

export const registerPasskey: Endpoint = defineEndpoint(
  {
    id: 'registerPasskey',
    method: 'post',
    path: '/passkeys',
    summary: 'Registers a passkey, and ends the other sessions',
    waits: true,
    credentials: ['access'],
    body: { schema: RegisterPasskeyBody, required: true },
    answers: { 201: { description: 'The passkey is a factor from now on', schema: RegisteredPasskeyBody } },
    refusals: [...enrollerRefusals, 'passkey_invalid', 'email_not_verified', 'factor_limit_reached', 'overloaded'],
  },
  async (given, parts) => {
    const { body, origin } = given
    const { challenge_token: challengeToken, credential, name = 'Passkey' } = body
    const made = { challengeToken, credential, name }
    const enroller = await readEnroller(given.request, parts, body)
    if ('challenge' in enroller) {
      const { tokens, kept, added } = await enrollPasskeyAtLogin(parts, enroller.challenge, made, origin)
      if (kept.cookies) given.setCookies([unsetChallengeCookie(parts.jwt)])
      const answer = await answerTokens(given, parts, tokens, { ...kept, cookies: body.cookies ?? kept.cookies })
      return { status: 201, body: bodyOf(answer.body, added) }
    }
    const { caller } = enroller
    const { accessToken, ...registered } = await register(parts, caller, made, origin, caller.keeping)
    return { status: 201, body: bodyOf(answerAccess(given, parts, caller.location, accessToken), registered) }
  },
)

function bodyOf(
  tokens: TokensBody,
  { passkey, recoveryCodes }: Pick<RegisteredPasskey, 'passkey' | 'recoveryCodes'>,
): RegisteredPasskeyBody {
  const codes = recoveryCodes === undefined ? {} : { recovery_codes: recoveryCodes }
  return { passkey: passkeyBody(passkey), ...codes, ...tokens }
}
