import { z } from 'zod'
import { beginSignIn, requireProvider } from '../../accounts/identities/begin-sign-in.ts'
import { RequestError } from '../../errors.ts'
import { isFromOtherSite } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { readReturnTo } from '../http/read/return-to.ts'
import { attemptCookies } from '../sessions/cookies/attempt-cookies.ts'
import { continuePage } from './continue-page.ts'
import { redirectTo, redirectWith, returnQuery } from './redirects.ts'

export const ProviderParams: Schema<{ readonly provider: string }> = z.object({ provider: z.string() })

export interface BeginSignInQuery {
  readonly return_to?: string | undefined
  readonly remember?: string | undefined
}

const BeginSignInQuery: Schema<BeginSignInQuery> = z.object({
  return_to: z.string().optional().meta({
    description: 'Where the browser goes afterwards: a URL of this server or of a listed origin; any other is ignored',
  }),
  remember: z.string().optional().meta({
    description: '`false` for cookies that end with the browser',
  }),
})

export const beginProviderSignIn: Endpoint = defineEndpoint(
  {
    id: 'beginProviderSignIn',
    method: 'get',
    path: '/oauth/:provider',
    summary: 'Sends the browser to a provider, to sign in there',
    params: ProviderParams,
    query: BeginSignInQuery,
    answers: {
      200: {
        description: 'If another site sent the browser and there is no page to sign in: a page with a link to begin',
        isHtml: true,
      },
      303: {
        description:
          'To the provider; if it cannot be used now, to the page that says so; if another site sent the browser, to the page to sign in',
        headers: { Location: 'Where the browser goes' },
      },
    },
    refusals: ['provider_not_found'],
    waits: true,
  },
  async (given, parts) => {
    const { name, title } = requireProvider(parts, given.params.provider)
    const { return_to } = given.query
    const remember = given.query.remember !== 'false'
    const returnTo = readReturnTo(return_to, parts.site.origins)
    if (isFromOtherSite(given.request)) {
      const { pages } = parts.site
      const query = returnQuery({ returnTo, remember })
      if (pages !== undefined) return redirectTo(`${pages}/sign-in${query.size > 0 ? `?${query}` : ''}`)
      return {
        status: 200,
        html: continuePage({ title: `Continue with ${title}`, to: `?${query}`, isAutomatic: false }),
      }
    }
    const state = {
      redirectUri: parts.site.url + given.path.replace(/\/oauth\/[^/]+$/, `/oauth/${name}/callback`),
      returnTo,
      remember,
    }
    try {
      const begun = await beginSignIn(parts, name, state, given.origin)
      given.setCookies(attemptCookies(given.request, parts.jwt, begun))
      return redirectTo(begun.redirectTo)
    } catch (error) {
      if (error instanceof RequestError)
        return redirectWith(given, parts, error, { returnTo, remember, isOfAttempt: false })
      throw error
    }
  },
)
