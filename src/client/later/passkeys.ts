import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'
import type { Members } from '../caller.ts'
import type { CallRow } from '../calls.ts'
import type { ClientErrorCode, Result } from '../http/result.ts'
import { failureOf } from './failure.ts'
import type { ClientParts } from './parts.ts'
import { passkeyRows as rows } from './rows.ts'

interface Challenge<Options> {
  readonly options: Options
  readonly challenge_token: string
}

type Ceremony<Options> = (optionsJSON: Options) => Promise<unknown>

/**
 * How many ceremonies have begun. A browser runs one at a time, and the latest counts: a button ends the offer in a
 * field.
 */
let begunCount = 0

/**
 * Asks for a challenge, lets the browser answer it, and sends the answer. Only one request to the browser is made at a
 * time.
 */
async function perform<Options>(
  { call, session }: ClientParts,
  { ask, send }: { readonly ask: CallRow; readonly send: CallRow },
  ceremony: Ceremony<Options>,
  { asked, sent }: { readonly asked?: Members; readonly sent?: Members } = {},
): Promise<Result<unknown>> {
  const { logouts } = session
  begunCount++
  const number = begunCount
  const begun = (await call(ask, asked)) as Result<Challenge<Options>>
  if (!begun.ok) return begun
  if (number !== begunCount) return failureOf('passkey_cancelled', 'Another request has begun')
  const { options, challenge_token } = begun.value
  let credential: unknown
  try {
    credential = await ceremony(options)
  } catch (error) {
    return failureOf(codeOf(error as Error), error)
  }
  // The later call wins, as with every login.
  if (logouts !== session.logouts) return failureOf('refresh_token_invalid', 'ended')
  return call(send, { ...sent, challenge_token, credential })
}

function codeOf({ name }: Error): ClientErrorCode {
  // Browsers do not say whether the user refused, waited too long or has no passkey.
  if (/^(NotAllowed|Abort)Error$/.test(name)) return 'passkey_cancelled'
  // For a registration: the authenticator already has a passkey of the account.
  return name === 'InvalidStateError' ? 'passkey_exists' : 'passkey_failed'
}

const authenticate: Ceremony<PublicKeyCredentialRequestOptionsJSON> = (optionsJSON) =>
  startAuthentication({ optionsJSON })

interface SignIn {
  readonly conditional?: boolean
  readonly remember?: boolean
}

export const passkeyCalls = {
  register: (parts: ClientParts, given?: Members): Promise<Result<unknown>> =>
    perform<PublicKeyCredentialCreationOptionsJSON>(
      parts,
      { ask: rows.registerOptions, send: rows.register },
      (optionsJSON) => startRegistration({ optionsJSON }),
      { ...(given?.mfa_token !== undefined && { asked: { mfa_token: given.mfa_token } }), sent: { ...given } },
    ),
  signIn: (parts: ClientParts, { conditional = false, ...sent }: SignIn = {}): Promise<Result<unknown>> =>
    perform<PublicKeyCredentialRequestOptionsJSON>(
      parts,
      { ask: rows.signInOptions, send: rows.signIn },
      (optionsJSON) => startAuthentication({ optionsJSON, useBrowserAutofill: conditional }),
      { sent },
    ),
  verifyMfa: (parts: ClientParts, given: Members & { readonly mfa_token: string }): Promise<Result<unknown>> =>
    perform(parts, { ask: rows.verifyMfaOptions, send: rows.verifyMfa }, authenticate, {
      asked: { mfa_token: given.mfa_token },
      sent: { ...given, method: 'passkey' },
    }),
  reauthenticate: (parts: ClientParts, given?: Members): Promise<Result<unknown>> =>
    perform(parts, { ask: rows.reauthenticateOptions, send: rows.reauthenticate }, authenticate, {
      sent: { ...given },
    }),
}
