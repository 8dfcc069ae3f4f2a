import { randomBytes } from 'node:crypto'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { type Carried, openCarried, sealCarried, type Unchecked } from '../one-time/carried.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import { noteFailure } from './note-failure.ts'
import type { IdentityParts } from './parts.ts'
import { faultOf } from './providers/faults.ts'
import type { Provider, SignInChecks } from './providers/provider.ts'

/** A sign-in in progress, as the browser carries it. */
export interface SignInState extends SignInChecks {
  /** Where the person goes afterwards: a URL of a listed origin. */
  readonly returnTo?: string | undefined
  readonly remember: boolean
  /** The user who links an account; absent if someone signs in. */
  readonly link?: AskedInSession | undefined
  /** The user who authenticates again; absent if someone signs in. */
  readonly again?: AskedInSession | undefined
}

/** The user who asked for it, in which session, and when. */
export interface AskedInSession {
  readonly userId: string
  readonly sessionId: string
  /** Unix time in milliseconds. */
  readonly at: number
}

/** The members that are random for each sign-in. */
type Random = 'state' | 'nonce' | 'verifier'

/** Where the browser is sent, and what it carries for us in a cookie until the response with this `state` arrives. */
export interface BegunSignIn {
  readonly redirectTo: string
  readonly state: string
  readonly carried: string
}

/**
 * Proxies accept 8 kB of cookies in total. A browser may carry three attempts together with the tokens of a session.
 */
const longestReturnTo = 1000

/** @throws {RequestError} `provider_not_found` */
export function requireProvider({ providers }: Pick<IdentityParts, 'providers'>, name: string): Provider {
  const provider = providers.get(name)
  if (provider === undefined) throw new RequestError('provider_not_found', 'No such provider is set up')
  return provider
}

/**
 * Begins a sign-in. Nothing is stored: its state is in a cookie of the browser, which is valid for this provider only.
 * @throws {RequestError} `provider_not_found`, `provider_unavailable`
 */
export async function beginSignIn(
  parts: IdentityParts,
  name: string,
  { redirectUri, returnTo, remember, link, again, asksAgain = again !== undefined }: Omit<SignInState, Random>,
  origin: RequestOrigin,
): Promise<BegunSignIn> {
  const provider = requireProvider(parts, name)
  const checks: SignInChecks = { redirectUri, state: random(), nonce: random(), verifier: random(), asksAgain }
  const fits = returnTo !== undefined && returnTo.length <= longestReturnTo
  const state: SignInState = { ...checks, remember, ...(fits && { returnTo }), link, again }
  const redirectTo = await provider.authorizationUrl(checks, turnOf(origin)).catch(async (thrown) => {
    const fault = { ...faultOf(thrown), code: 'provider_unavailable' } as const
    await noteFailure(parts, provider, fault, origin)
    throw unavailable(fault.reason)
  })
  return { redirectTo, state: checks.state, carried: sealCarried(parts.secrets, 'sign-in', name, state, parts.now()) }
}

/**
 * Opens what the browser carries for a provider, without using it up. `undefined` unless the response has the same
 * `state`.
 */
export function openSignIn(
  parts: Pick<IdentityParts, 'secrets' | 'now'>,
  name: string,
  { carried: text, state }: { readonly carried: string | undefined; readonly state: string | undefined },
): Carried<SignInState> | undefined {
  const carried = openCarried<SignInState>(parts, 'sign-in', name, text, isSignIn)
  return carried?.content.state === state ? carried : undefined
}

function isSignIn({ returnTo = '', remember, link, again, ...checks }: Unchecked<SignInState>): boolean {
  const { redirectUri, state, nonce, verifier } = checks
  return (
    [redirectUri, state, nonce, verifier, returnTo].every((text) => typeof text === 'string') &&
    typeof remember === 'boolean' &&
    [link, again].every((each) => each === undefined || isAsked(Object(each)))
  )
}

function isAsked({ userId, sessionId, at }: Unchecked<AskedInSession>): boolean {
  return typeof userId === 'string' && typeof sessionId === 'string' && typeof at === 'number'
}

export function unavailable(reason: string): RequestError {
  return new RequestError('provider_unavailable', `The provider cannot be used now (${reason}): try again later`)
}

/** 256 bits, as RFC 7636 section 4.1 recommends for PKCE. */
function random(): string {
  return randomBytes(32).toString('base64url')
}
