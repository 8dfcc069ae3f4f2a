import { z } from 'zod'
import { beginSignIn, requireProvider } from '../../accounts/identities/begin-sign-in.ts'
import { beginLink } from '../../accounts/identities/link.ts'
import { beginProof } from '../../accounts/identities/prove-again.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { readReturnTo } from '../http/read/return-to.ts'
import { attemptCookies } from '../sessions/cookies/attempt-cookies.ts'

const Params: Schema<{ readonly id: string }> = z.object({
  id: z.string().meta({ description: 'The name of a provider; to unlink, the id of a linked account' }),
})

export interface LinkIdentityBody {
  readonly purpose?: 'link' | 'reauthenticate' | undefined
  readonly return_to?: string | undefined
}

const LinkIdentityBody: Schema<LinkIdentityBody> = z.object({
  purpose: z.enum(['link', 'reauthenticate']).optional().meta({
    description:
      '`link`, the default; or `reauthenticate`, to authenticate again with a linked account, if the provider has `proves_again`',
  }),
  return_to: z.string().optional().meta({
    description: 'Where the browser goes afterwards: a URL of this server or of a listed origin; any other is ignored',
  }),
})

export interface RedirectBody {
  readonly redirect_to: string
}

const RedirectBody: Schema<RedirectBody> = z.object({ redirect_to: z.string() })

export const linkIdentity: Endpoint = defineEndpoint(
  {
    id: 'linkIdentity',
    method: 'post',
    path: '/identities/:id',
    summary: 'Begins to link an account at a provider, or to authenticate again with one that is linked',
    guard: {},
    params: Params,
    body: { schema: LinkIdentityBody, required: false },
    answers: {
      200: {
        description: 'Send the browser there. It has a cookie that it needs for the way back',
        schema: RedirectBody,
      },
    },
    refusals: ['session_required', 'insufficient_user_authentication', 'provider_not_found', 'provider_unavailable'],
    waits: true,
  },
  async (given, parts) => {
    const { name } = requireProvider(parts, given.params.id)
    const { caller } = given
    const asked =
      given.body.purpose === 'reauthenticate'
        ? { again: await beginProof(parts, caller, name, { cookies: caller.location === 'cookies' }) }
        : { link: await beginLink(parts, caller) }
    const begun = await beginSignIn(
      parts,
      name,
      {
        redirectUri: parts.site.url + given.path.replace(/\/identities\/[^/]+$/, `/oauth/${name}/callback`),
        returnTo: readReturnTo(given.body.return_to, parts.site.origins),
        remember: caller.keeping.remember !== false,
        ...asked,
      },
      given.origin,
    )
    given.setCookies(attemptCookies(given.request, parts.jwt, begun))
    return { status: 200, body: { redirect_to: begun.redirectTo } }
  },
)
