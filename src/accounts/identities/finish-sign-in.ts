import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import { StaleProofError } from '../sessions/complete-login.ts'
import type { LoginHow, LoginTokens } from '../sessions/parts.ts'
import {
  type BegunSignIn,
  beginSignIn,
  openSignIn,
  requireProvider,
  type SignInState,
  unavailable,
} from './begin-sign-in.ts'
import { linkByAnswer } from './link.ts'
import { noteFailure } from './note-failure.ts'
import type { IdentityParts } from './parts.ts'
import { proveByAnswer } from './prove-again.ts'
import type { PendingIdentity } from './provider-account.ts'
import { faultOf } from './providers/faults.ts'
import type { Profile, Provider } from './providers/provider.ts'
import { signInWith } from './sign-in-with.ts'

/** The response of a provider, as the browser brings it (RFC 6749 section 4.1.2; `iss`: RFC 9207). */
export interface ProviderAnswer {
  readonly code?: string | undefined
  readonly state?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
}

/** How the browser signs in. */
export interface Finishing extends LoginHow {
  readonly deviceToken?: string | undefined
  /** Called with an identity that is to be linked after the next login of this browser. */
  readonly keepPending: (pending: PendingIdentity) => void
}

/**
 * The outcome: tokens after a sign-in, a fresh access token after a reauthentication, neither if an account was linked;
 * or why it failed.
 */
export interface Finished {
  /** The sign-in that was begun; `undefined` if this browser did not begin it. */
  readonly state: SignInState | undefined
  readonly tokens?: LoginTokens | undefined
  readonly freshToken?: string | undefined
  /** The browser is sent to the provider again, which must authenticate the person this time. */
  readonly begun?: BegunSignIn | undefined
  readonly refusal?: RequestError | undefined
}

/**
 * Finishes a sign-in with the provider's response. The sign-in is used up before the provider is asked, so only one of
 * many concurrent requests continues.
 * @throws {RequestError} `provider_not_found`; other refusals are returned, because a person waits for a page
 */
export async function finishSignIn(
  parts: IdentityParts,
  name: string,
  { carried: text, answer }: { readonly carried: string | undefined; readonly answer: ProviderAnswer },
  origin: RequestOrigin,
  how: Finishing,
): Promise<Finished> {
  const provider = requireProvider(parts, name)
  const carried = openSignIn(parts, name, { carried: text, state: answer.state })
  if (carried === undefined || !(await carried.spend(parts.database.sql))) {
    // Announced but not stored, because anyone can send this.
    const details = { purpose: 'provider', provider: name }
    parts.announce(makeEvent('code_refused', parts.now(), origin, { details }))
    return { state: undefined, refusal: notForThisBrowser() }
  }
  const { content: state } = carried
  try {
    const profile = await ask(parts, provider, { state, answer }, origin)
    if (state.link !== undefined) {
      await linkByAnswer(parts, provider, { profile, link: state.link }, origin)
      return { state }
    }
    const { remember } = state
    if (state.again !== undefined) {
      const freshToken = await proveByAnswer(parts, provider, { profile, again: state.again }, origin, { remember })
      return { state, freshToken }
    }
    return { state, tokens: await signInWith(parts, provider, profile, origin, { ...how, remember }) }
  } catch (error) {
    if (error instanceof StaleProofError) return askAgain(parts, provider, state, origin)
    if (error instanceof RequestError) return { state, refusal: error }
    throw error
  }
}

/**
 * Sends the browser to the provider once more, to authenticate the person: only a recent login may add the factor that
 * a role requires. If the provider does not authenticate the person even then, the sign-in is refused.
 */
async function askAgain(
  parts: IdentityParts,
  provider: Provider,
  state: SignInState,
  origin: RequestOrigin,
): Promise<Finished> {
  if (state.asksAgain) {
    const reason = 'auth_time_stale'
    await noteFailure(parts, provider, { code: 'provider_refused', reason }, origin)
    return { state, refusal: refused(reason) }
  }
  const { redirectUri, returnTo, remember } = state
  return beginSignIn(parts, provider.name, { redirectUri, returnTo, remember, asksAgain: true }, origin).then(
    (begun) => ({ state, begun }),
    (error) => {
      if (error instanceof RequestError) return { state, refusal: error }
      throw error
    },
  )
}

async function ask(
  parts: IdentityParts,
  provider: Provider,
  { state, answer }: { readonly state: SignInState; readonly answer: ProviderAnswer },
  origin: RequestOrigin,
): Promise<Profile> {
  const { code, iss, error } = answer
  const url = new URL(state.redirectUri)
  for (const [name, value] of Object.entries({ code, state: answer.state, iss, error })) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  try {
    return await provider.profileOf(url, state, turnOf(origin))
  } catch (thrown) {
    const fault = faultOf(thrown)
    await noteFailure(parts, provider, fault, origin)
    throw fault.code === 'provider_unavailable' ? unavailable(fault.reason) : refused(fault.reason)
  }
}

function refused(reason: string): RequestError {
  return new RequestError('provider_refused', `The provider did not sign you in (${reason})`)
}

function notForThisBrowser(): RequestError {
  return new RequestError(
    'provider_refused',
    'This response does not match a sign-in that this browser started: start again',
  )
}
