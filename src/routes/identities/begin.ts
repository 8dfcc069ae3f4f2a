import { z } from 'zod'
import { beginSignIn, requireProvider } from '../../accounts/identities/begin-sign-in.ts'
import { RequestError } from '../../errors.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { readReturnTo } from '../http/read/return-to.ts'
import { carriedCookie } from '../sessions/cookies/carried-cookie.ts'
import { redirectTo, redirectWith } from './redirects.ts'

export const ProviderParams: Schema<{ readonly provider: string }> = z.object({ provider: z.string() })

export interface BeginSignInQuery {
  readonly return_to?: string | undefined
  readonly remember?: string | undefined
}

const BeginSignInQuery: Schema<BeginSignInQuery> = z.object({
  return_to: z.string().optional().meta({
    description:
      'Where the browser goes afterwards: an address of this server or of a listed origin; others are ignored',
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
      303: {
        description: 'To the provider; if it cannot be used now, to the page that says so',
        headers: { Location: 'Where the browser goes' },
      },
    },
    refusals: ['provider_not_found'],
    waits: true,
  },
  async (given, parts) => {
    const { name, postsForm } = requireProvider(parts, given.params.provider)
    const { return_to, remember } = given.query
    const state = {
      redirectUri: parts.site.url + given.path.replace(/\/oauth\/[^/]+$/, `/oauth/${name}/callback`),
      returnTo: readReturnTo(return_to, parts.site.origins),
      remember: remember !== 'false',
    }
    try {
      const { redirectTo: location, carried } = await beginSignIn(parts, name, state, given.origin)
      given.setCookies([carriedCookie(parts.jwt, { kind: 'sign-in', provider: name, isForForm: postsForm }, carried)])
      return redirectTo(location)
    } catch (error) {
      if (error instanceof RequestError) return redirectWith(given, parts, error, state)
      throw error
    }
  },
)
