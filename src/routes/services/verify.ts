import { HonoRequestView } from '../../adapters/hono-request.ts'
import { TokenError } from '../../errors.ts'
import { createGuard } from '../../guard/authenticate.ts'
import type { Authenticated } from '../../guard/guard-options.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import { answerToProxy } from '../../guard/problem.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { sendAnswer } from '../http/errors.ts'

export const verify: Endpoint = {
  method: 'get',
  path: '/verify',
  summary: 'Checks a request for a proxy: nginx, Caddy, HAProxy, Traefik',
  answer: {
    status: 200,
    description: 'The request may pass. X-Auth-User, X-Auth-Session and X-Auth-Roles identify the user',
  },
  refusals: [
    'token_missing',
    'token_expired',
    'token_revoked',
    'csrf_missing',
    'csrf_mismatch',
    'cross_site_refused',
    'revocation_unknown',
  ],
  async handle(c, { jwt }) {
    let found: Authenticated
    try {
      found = (await guardOf(jwt)(new ForwardedRequestView(c))) as Authenticated
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return sendAnswer(c, answerToProxy(jwt.answer(error), jwt.settings))
    }
    const { identity, claims } = found
    c.header('X-Auth-User', encodeURIComponent(identity))
    // Always there: in place of one that is absent, a proxy would pass on the client's own, or its own placeholder.
    c.header('X-Auth-Session', typeof claims.sid === 'string' ? encodeURIComponent(claims.sid) : '')
    const roles = Array.isArray(claims.roles) ? claims.roles.map((role) => encodeURIComponent(String(role))) : []
    c.header('X-Auth-Roles', roles.join(','))
    return c.body(null, 200)
  },
}

const guards = new WeakMap<JwtManager, ReturnType<typeof createGuard>>()

function guardOf(jwt: JwtManager): ReturnType<typeof createGuard> {
  const guard = guards.get(jwt) ?? createGuard(jwt)
  guards.set(jwt, guard)
  return guard
}

/**
 * The request that a proxy asks about: the same headers, and the method that the proxy was sent. It reads as `GET` only where
 * every header that names a method names one that changes nothing: a client may have written the one that the proxy does not
 * write. Where none does it may be any, so a token in a cookie needs its CSRF value. No method passes unchecked.
 */
class ForwardedRequestView extends HonoRequestView {
  override get method(): string {
    const told = [this.header('x-forwarded-method'), this.header('x-original-method')].filter(Boolean)
    return told.length > 0 && told.every((method) => /^(?:GET|HEAD)$/i.test(method as string)) ? 'GET' : 'POST'
  }
}
