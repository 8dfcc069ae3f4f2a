import { type Carried, openCarried, sealCarried, type Unchecked } from '../../accounts/one-time/carried.ts'
import { RequestError, type RequestErrorCode } from '../../errors.ts'
import { isRequestErrorCode } from '../../guard/problem.ts'
import type { AnyGiven, RouteParts } from '../http/endpoint.ts'
import { type CarriedCookie, carriedCookie, readCarriedCookie } from '../sessions/cookies/carried-cookie.ts'

const cookie = { kind: 'outcome' } as const satisfies CarriedCookie

/** A refusal, as a browser carries it to the page that shows it. */
interface Outcome {
  readonly code: RequestErrorCode
  readonly msg: string
  readonly next: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number | undefined
}

/** The answer that sends a browser on. */
export interface Redirect {
  readonly status: 303
  readonly headers: { readonly Location: string }
}

export function redirectTo(location: string): Redirect {
  return { status: 303, headers: { Location: location } }
}

/**
 * Where a person goes in the end: to the URL that was asked for, or else to the account or the front page of the site.
 */
export function destinationOf(parts: RouteParts, returnTo: string | undefined): string {
  const { pages, url } = parts.site
  return returnTo ?? (pages === undefined ? `${url}/` : `${pages}/account`)
}

/** What an application asked for when it sent the browser here. */
export interface Return {
  readonly returnTo: string | undefined
  /** Whether the cookies outlive the browser. */
  readonly remember: boolean
}

/** The same as a query, for the next page. */
export function returnQuery({ returnTo, remember }: Return): URLSearchParams {
  return new URLSearchParams({ ...(returnTo && { return_to: returnTo }), ...(!remember && { remember: 'false' }) })
}

/**
 * Sends a browser to a page that says why there are no tokens: to ours, or back to the application with the code of the
 * error. The outcome is in a cookie, because it may have a token for the next step, which must not be in an address. An
 * outcome that ends no attempt of this browser does not replace one that waits to be shown, because any site can send a
 * browser here.
 */
export function redirectWith(
  { request, setCookies }: Pick<AnyGiven, 'request' | 'setCookies'>,
  parts: RouteParts,
  { code, message: msg, next, retryAfterSeconds }: RequestError,
  { isOfAttempt, ...asked }: Return & { readonly isOfAttempt: boolean },
): Redirect {
  if (isOfAttempt || readOutcome(request, parts) === undefined) {
    const outcome: Outcome = { code, msg, next, retryAfterSeconds }
    setCookies([carriedCookie(parts.jwt, cookie, sealCarried(parts.secrets, cookie.kind, '', outcome, parts.now()))])
  }
  const { pages } = parts.site
  const url = new URL(pages === undefined ? destinationOf(parts, asked.returnTo) : `${pages}/sign-in/provider`)
  if (pages === undefined) url.searchParams.set('error', code)
  else url.search = returnQuery(asked).toString()
  return redirectTo(url.href)
}

/** The refusal that a browser carries, once. @returns `undefined` if there is none. */
export async function takeOutcome(
  { request, setCookies }: Pick<AnyGiven, 'request' | 'setCookies'>,
  parts: RouteParts,
): Promise<RequestError | undefined> {
  if (readCarriedCookie(request, parts.jwt, cookie) === undefined) return undefined
  setCookies([carriedCookie(parts.jwt, cookie)])
  const carried = readOutcome(request, parts)
  if (carried === undefined || !(await carried.spend(parts.database.sql))) return undefined
  const { code, msg, next, retryAfterSeconds } = carried.content
  return new RequestError(code, msg, { next, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) })
}

function readOutcome(
  request: AnyGiven['request'],
  parts: Pick<RouteParts, 'jwt' | 'secrets' | 'now'>,
): Carried<Outcome> | undefined {
  return openCarried<Outcome>(parts, cookie.kind, '', readCarriedCookie(request, parts.jwt, cookie), isOutcome)
}

function isOutcome({ code, msg, next, retryAfterSeconds = 0 }: Unchecked<Outcome>): boolean {
  return (
    isRequestErrorCode(code) &&
    typeof msg === 'string' &&
    Object(next) === next &&
    typeof retryAfterSeconds === 'number'
  )
}
