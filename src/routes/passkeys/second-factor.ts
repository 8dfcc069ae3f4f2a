import { z } from 'zod'
import { beginPasskeyFactor, beginPasskeyReauthentication } from '../../accounts/passkeys/second-factor.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { readChallengeCookie } from '../sessions/cookies/challenge-cookie.ts'
import { optionsBody, PasskeyOptionsBody } from './options-body.ts'

export interface PasskeyFactorBody {
  readonly mfa_token: string
}

const PasskeyFactorBody: Schema<PasskeyFactorBody> = z.object({
  mfa_token: z.string().meta({ description: 'From the `mfa_required` of the login' }),
})

export const passkeyFactorOptions: Endpoint = defineEndpoint(
  {
    id: 'passkeyFactorOptions',
    method: 'post',
    path: '/mfa/passkey/options',
    summary: 'Begins to complete a login with a passkey as the second factor',
    body: { schema: PasskeyFactorBody, required: true },
    answers: { 200: { description: 'Options for requesting a passkey', schema: PasskeyOptionsBody } },
    refusals: ['mfa_token_invalid'],
  },
  async ({ body, request }, parts) => {
    const presented = { token: body.mfa_token, browser: readChallengeCookie(request, parts.jwt) }
    return { status: 200, body: optionsBody(await beginPasskeyFactor(parts, presented)) }
  },
)

export const passkeyReauthenticationOptions: Endpoint = defineEndpoint(
  {
    id: 'passkeyReauthenticationOptions',
    method: 'post',
    path: '/reauthenticate/passkey/options',
    summary: 'Begins to authenticate the user again with a passkey',
    guard: {},
    answers: { 200: { description: 'Options for requesting a passkey', schema: PasskeyOptionsBody } },
    refusals: ['session_required'],
  },
  async ({ caller }, parts) => ({
    status: 200,
    body: optionsBody(await beginPasskeyReauthentication(parts, caller)),
  }),
)
