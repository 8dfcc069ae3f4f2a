import { z } from 'zod'
import { type AskedInSession, requireProvider } from '../../accounts/identities/begin-sign-in.ts'
import { type Finished, finishSignIn, type ProviderAnswer } from '../../accounts/identities/finish-sign-in.ts'
import { RequestError } from '../../errors.ts'
import { isFromOtherSite } from '../../guard/cookies/csrf.ts'
import { type AnyGiven, defineEndpoint, type Endpoint, type RouteParts, type Schema } from '../http/endpoint.ts'
import { answerTokens } from '../sessions/answer-tokens.ts'
import { claimsOfAccessCookie } from '../sessions/cookies/access-cookie.ts'
import { attemptCookies, endedAttemptCookie, readAttempt } from '../sessions/cookies/attempt-cookies.ts'
import { bindChallenge } from '../sessions/cookies/challenge-cookie.ts'
import { readDeviceCookie } from '../sessions/cookies/device-cookie.ts'
import { keepPending } from '../sessions/cookies/pending-identity.ts'
import { trustedDeviceOf } from '../sessions/cookies/trusted-device-cookie.ts'
import { ProviderParams } from './begin.ts'
import { continuePage } from './continue-page.ts'
import { destinationOf, type Redirect, redirectTo, redirectWith } from './redirects.ts'

const AnswerOfProvider: Schema<ProviderAnswer> = z.object({
  code: z.string().optional(),
  state: z.string().optional(),
  iss: z.string().optional(),
  error: z.string().optional(),
})

export const finishProviderSignIn: Endpoint = defineEndpoint(
  {
    id: 'finishProviderSignIn',
    method: 'get',
    path: '/oauth/:provider/callback',
    summary: 'Where a provider sends the browser back to',
    params: ProviderParams,
    query: AnswerOfProvider,
    answers: {
      200: { description: 'If the cookies are `SameSite=Strict`: a page that requests this again', isHtml: true },
      303: {
        description: 'Signed in, with cookies; or to the page for the next step or the error',
        headers: { Location: 'Where the browser goes' },
      },
    },
    refusals: ['provider_not_found'],
    waits: true,
  },
  async (given, parts) => {
    // Scanners and previews of links send it, and would use up the response of the provider.
    if (given.request.method === 'HEAD') {
      throw new RequestError('method_not_allowed', 'This path supports GET and POST', { allow: ['GET', 'POST'] })
    }
    const { name, title } = requireProvider(parts, given.params.provider)
    // Browsers do not send such cookies with a request that another site began. They are needed to recognise this
    // browser, and by the pages that the person goes to afterwards.
    if (parts.jwt.settings.cookieSameSite === 'Strict' && isFromOtherSite(given.request)) {
      return {
        status: 200,
        html: continuePage({ title: `Continue with ${title}`, to: `?${queryOf(given.query)}`, isAutomatic: true }),
      }
    }
    return finish(given, parts, name, given.query)
  },
)

export const finishProviderForm: Endpoint = defineEndpoint(
  {
    id: 'finishProviderForm',
    method: 'post',
    path: '/oauth/:provider/callback',
    summary: 'The same for providers that post their response as a form',
    params: ProviderParams,
    body: { schema: AnswerOfProvider, required: true, isForm: true },
    answers: {
      303: {
        description: 'To the same address with the response, which the browser requests with its cookies',
        headers: { Location: 'Where the browser goes' },
      },
    },
    refusals: ['provider_not_found'],
  },
  async (given, parts) => {
    requireProvider(parts, given.params.provider)
    return redirectTo(`${parts.site.url}${given.path}?${queryOf(given.body)}`)
  },
)

function queryOf({ code, state, iss, error }: ProviderAnswer): URLSearchParams {
  const members = Object.entries({ code, state, iss, error })
  return new URLSearchParams(members.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

type Asked = Pick<AnyGiven, 'request' | 'setCookies' | 'origin'>

async function finish(given: Asked, parts: RouteParts, name: string, answer: ProviderAnswer): Promise<Redirect> {
  const carried = readAttempt(given.request, parts.jwt, answer.state)
  const { state, tokens, freshToken, begun, refusal } = await bound(given, parts, (browser) =>
    finishSignIn(parts, name, { carried, answer }, given.origin, {
      cookies: true,
      browser,
      deviceToken: readDeviceCookie(given.request, parts.jwt),
      trustedDevice: trustedDeviceOf(given.request, parts.jwt),
      keepPending: (pending) => keepPending(given, parts, pending),
    }),
  )
  // A response that another site made up must not end the sign-in that waits for the real one.
  if (state !== undefined) given.setCookies([endedAttemptCookie(parts.jwt, state.state)])
  if (begun !== undefined) {
    given.setCookies(attemptCookies(given.request, parts.jwt, begun))
    return redirectTo(begun.redirectTo)
  }
  if (refusal !== undefined) {
    const { returnTo, remember = true } = state ?? {}
    return redirectWith(given, parts, refusal, { returnTo, remember, isOfAttempt: state !== undefined })
  }
  if (tokens !== undefined) {
    await answerTokens(given, parts, tokens, { cookies: true, remember: state?.remember ?? true })
  }
  if (freshToken !== undefined && !hasOtherSession(given, parts, state?.again)) {
    given.setCookies(parts.jwt.accessCookies(freshToken))
  }
  return redirectTo(destinationOf(parts, state?.returnTo))
}

/** Whether the browser has signed in to another session meanwhile, whose tokens must stay. */
function hasOtherSession({ request }: Asked, { jwt }: RouteParts, again: AskedInSession | undefined): boolean {
  const cookies = request.header('cookie')
  const claims = claimsOfAccessCookie(cookies, jwt) ?? claimsOfAccessCookie(cookies, jwt, { allowExpired: true })
  return claims !== undefined && claims.sid !== again?.sessionId
}

/** Binds a challenge for a second factor to this browser. */
async function bound(
  given: Asked,
  parts: RouteParts,
  finishing: (browser: string) => Promise<Finished>,
): Promise<Finished> {
  let finished: Finished = { state: undefined }
  try {
    await bindChallenge(given, parts.jwt, async (browser) => {
      finished = await finishing(browser)
      if (finished.refusal !== undefined) throw finished.refusal
    })
  } catch (error) {
    if (error !== finished.refusal) throw error
  }
  return finished
}
