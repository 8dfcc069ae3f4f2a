import { z } from 'zod'
import { beginSignIn, requireProvider } from '../../accounts/identities/begin-sign-in.ts'
import { beginLink } from '../../accounts/identities/link.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { readReturnTo } from '../http/read/return-to.ts'
import { attemptCookies } from '../sessions/cookies/attempt-cookies.ts'

const Params: Schema<{ readonly id: string }> = z.object({
  id: z.string().meta({ description: 'The name of a provider; to unlink, the id of a linked account' }),
})

export interface LinkIdentityBody {
  readonly return_to?: string | undefined
}

const LinkIdentityBody: Schema<LinkIdentityBody> = z.object({
  return_to: z.string().optional().meta({
    description:
      'Where the browser goes afterwards: an address of this server or of a listed origin; others are ignored',
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
    summary: 'Begins to link an account at a provider',
    guard: {},
    params: Params,
    body: { schema: LinkIdentityBody, required: false },
    answers: { 200: { description: 'Send the browser there: it has a cookie for the way back', schema: RedirectBody } },
    refusals: ['session_required', 'insufficient_user_authentication', 'provider_not_found', 'provider_unavailable'],
    waits: true,
  },
  async (given, parts) => {
    const { name } = requireProvider(parts, given.params.id)
    const link = await beginLink(parts, given.caller)
    const begun = await beginSignIn(
      parts,
      name,
      {
        redirectUri: parts.site.url + given.path.replace(/\/identities\/[^/]+$/, `/oauth/${name}/callback`),
        returnTo: readReturnTo(given.body.return_to, parts.site.origins),
        remember: true,
        link,
      },
      given.origin,
    )
    given.setCookies(attemptCookies(given.request, parts.jwt, begun))
    return { status: 200, body: { redirect_to: begun.redirectTo } }
  },
)
