import { z } from 'zod'
import { requireProvider } from '../../accounts/identities/begin-sign-in.ts'
import { type Finished, finishSignIn, type ProviderAnswer } from '../../accounts/identities/finish-sign-in.ts'
import { type AnyGiven, defineEndpoint, type Endpoint, type RouteParts, type Schema } from '../http/endpoint.ts'
import { answerTokens } from '../sessions/answer-tokens.ts'
import { carriedCookie, readCarriedCookie } from '../sessions/cookies/carried-cookie.ts'
import { bindChallenge } from '../sessions/cookies/challenge-cookie.ts'
import { readDeviceCookie } from '../sessions/cookies/device-cookie.ts'
import { keepPending } from '../sessions/cookies/pending-identity.ts'
import { trustedDeviceOf } from '../sessions/cookies/trusted-device-cookie.ts'
import { ProviderParams } from './begin.ts'
import { destinationOf, type Redirect, redirectTo, redirectWith } from './redirects.ts'

const AnswerOfProvider: Schema<ProviderAnswer> = z.object({
  code: z.string().optional(),
  state: z.string().optional(),
  iss: z.string().optional(),
  error: z.string().optional(),
})

const answers = {
  303: {
    description: 'Signed in, with cookies; or to where the next step or the error is shown',
    headers: { Location: 'Where the browser goes' },
  },
} as const

const shared = { params: ProviderParams, answers } as const

export const finishProviderSignIn: Endpoint = defineEndpoint(
  {
    ...shared,
    id: 'finishProviderSignIn',
    method: 'get',
    path: '/oauth/:provider/callback',
    summary: 'Where a provider sends the browser back to',
    query: AnswerOfProvider,
    refusals: ['provider_not_found'],
    waits: true,
  },
  async (given, parts) => finish(given, parts, given.params.provider, given.query),
)

export const finishProviderForm: Endpoint = defineEndpoint(
  {
    ...shared,
    id: 'finishProviderForm',
    method: 'post',
    path: '/oauth/:provider/callback',
    summary: 'The same for providers that post their answer as a form',
    body: { schema: AnswerOfProvider, required: true, isForm: true },
    refusals: ['provider_not_found'],
    waits: true,
  },
  async (given, parts) => finish(given, parts, given.params.provider, given.body),
)

type Asked = Pick<AnyGiven, 'request' | 'setCookies' | 'origin'>

async function finish(given: Asked, parts: RouteParts, name: string, answer: ProviderAnswer): Promise<Redirect> {
  const { postsForm } = requireProvider(parts, name)
  const cookie = { kind: 'sign-in', provider: name, isForForm: postsForm } as const
  const carried = readCarriedCookie(given.request, parts.jwt, cookie)
  const { state, tokens, refusal } = await bound(given, parts, (browser) =>
    finishSignIn(parts, name, { carried, answer }, given.origin, {
      cookies: true,
      browser,
      deviceToken: readDeviceCookie(given.request, parts.jwt),
      trustedDevice: trustedDeviceOf(given.request, parts.jwt),
      keepPending: (pending) => keepPending(given, parts, pending),
    }),
  )
  // What another site made up must not end the sign-in that waits for its answer.
  if (state !== undefined) given.setCookies([carriedCookie(parts.jwt, cookie)])
  if (refusal !== undefined) return redirectWith(given, parts, refusal, state)
  if (tokens !== undefined) {
    await answerTokens(given, parts, tokens, { cookies: true, remember: state?.remember ?? true })
  }
  return redirectTo(destinationOf(parts, state?.returnTo))
}

/** A second factor is asked for in this browser alone. */
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
