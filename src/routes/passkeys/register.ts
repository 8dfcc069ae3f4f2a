import { z } from 'zod'
import { beginPasskey, registerPasskey as register } from '../../accounts/passkeys/register.ts'
import type { GivenCredential } from '../../accounts/passkeys/verify.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { RecoveryCodes } from '../mfa/recovery-codes.ts'
import { optionsBody, PasskeyOptionsBody } from './options-body.ts'
import { PasskeyBody, PasskeyNameText, passkeyBody } from './passkey-body.ts'

export const registerOptions: Endpoint = defineEndpoint(
  {
    id: 'registerPasskeyOptions',
    method: 'post',
    path: '/passkeys/options',
    summary: 'Begins to register a passkey',
    guard: {},
    answers: { 200: { description: 'What the browser makes a passkey with', schema: PasskeyOptionsBody } },
    refusals: ['session_required', 'insufficient_user_authentication', 'factor_limit_reached'],
  },
  async ({ caller }, parts) => ({ status: 200, body: optionsBody(await beginPasskey(parts, caller)) }),
)

export interface RegisterPasskeyBody {
  readonly challenge_token: string
  readonly credential: GivenCredential
  readonly name?: string | undefined
}

const RegisterPasskeyBody: Schema<RegisterPasskeyBody> = z.object({
  challenge_token: z.string(),
  credential: z
    .record(z.string(), z.unknown())
    .meta({ description: 'What the authenticator answered: `PublicKeyCredential.toJSON()`' }),
  name: PasskeyNameText.optional().meta({ description: 'What the user calls it' }),
})

/** A passkey that was registered, and a fresh access token. */
export interface RegisteredPasskeyBody {
  readonly passkey: PasskeyBody
  readonly recovery_codes?: readonly string[] | undefined
  readonly access_token?: string | undefined
  readonly token_type: 'Bearer'
  readonly expires_in: number
}

const RegisteredPasskeyBody: Schema<RegisteredPasskeyBody> = z.object({
  passkey: PasskeyBody,
  recovery_codes: RecoveryCodes.optional().meta({ description: 'Shown once, and only if the user had none left' }),
  access_token: z.string().optional().meta({ description: 'Not with cookies' }),
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
    guard: {},
    body: { schema: RegisterPasskeyBody, required: true },
    answers: { 201: { description: 'The passkey is a factor from now on', schema: RegisteredPasskeyBody } },
    refusals: [
      'session_required',
      'insufficient_user_authentication',
      'passkey_invalid',
      'factor_limit_reached',
      'overloaded',
    ],
  },
  async ({ body, caller, origin, setCookies }, parts) => {
    const { challenge_token: challengeToken, credential, name = 'Passkey' } = body
    const made = await register(parts, caller, { challengeToken, credential, name }, origin, caller.keeping)
    const isInCookies = caller.location === 'cookies'
    if (isInCookies) setCookies(parts.jwt.accessCookies(made.accessToken))
    return {
      status: 201,
      body: {
        passkey: passkeyBody(made.passkey),
        ...(made.recoveryCodes !== undefined && { recovery_codes: made.recoveryCodes }),
        ...(!isInCookies && { access_token: made.accessToken }),
        token_type: 'Bearer' as const,
        expires_in: parts.lifetimes.accessTokenSeconds,
      },
    }
  },
)
