import { createGuard } from '../../guard/authenticate.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { Authenticated } from '../../guard/options/guard-options.ts'
import type { RequestView } from '../../guard/request/request-view.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'

export const verify: Endpoint = defineEndpoint(
  {
    id: 'verify',
    method: 'get',
    path: '/verify',
    summary: 'Checks a request for a proxy: nginx, Caddy, HAProxy, Traefik',
    credentials: ['access'],
    answers: {
      200: {
        description: 'The request may pass. X-Auth-User, X-Auth-Session and X-Auth-Roles identify the user',
        headers: {
          'X-Auth-User': 'The id of the user, percent-encoded',
          'X-Auth-Session': 'The id of the session, percent-encoded; empty for a token without one',
          'X-Auth-Roles': 'The roles, each percent-encoded, separated by commas',
        },
      },
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
    isForProxies: true,
  },
  async ({ request }, { jwt }) => {
    const { identity, claims } = (await guardOf(jwt)(new ForwardedRequestView(request))) as Authenticated
    const stated: readonly unknown[] = Array.isArray(claims.roles) ? claims.roles : []
    // An application may sign objects too, and `String` fails for some of them.
    const roles = stated.filter((role) => typeof role !== 'object').map((role) => encodeURIComponent(String(role)))
    return {
      status: 200,
      headers: {
        'X-Auth-User': encodeURIComponent(identity),
        // Always present: in place of an absent one, a proxy would pass on the client's own header, or its own
        // placeholder.
        'X-Auth-Session': typeof claims.sid === 'string' ? encodeURIComponent(claims.sid) : '',
        'X-Auth-Roles': roles.join(','),
      },
    }
  },
)

const guards = new WeakMap<JwtManager, ReturnType<typeof createGuard>>()

function guardOf(jwt: JwtManager): ReturnType<typeof createGuard> {
  const guard = guards.get(jwt) ?? createGuard(jwt)
  guards.set(jwt, guard)
  return guard
}

/**
 * The request that a proxy asks about: its headers, and the method that the proxy received. It counts as `GET` only if
 * every header that names a method names a safe one, because a client may have written the header that the proxy does
 * not set. Without such a header the method may be any, so a token in a cookie needs its CSRF value. No method is left
 * unchecked.
 */
class ForwardedRequestView implements RequestView {
  readonly #asking: RequestView

  constructor(asking: RequestView) {
    this.#asking = asking
  }

  get method(): string {
    const stated = [this.header('x-forwarded-method'), this.header('x-original-method')].filter(Boolean)
    return stated.length > 0 && stated.every((method) => /^(?:GET|HEAD)$/i.test(method as string)) ? 'GET' : 'POST'
  }

  header(name: string): string | undefined {
    return this.#asking.header(name)
  }

  query(name: string): string | undefined {
    return this.#asking.query(name)
  }

  json(): Promise<unknown> {
    return this.#asking.json()
  }

  formField(name: string): Promise<string | undefined> {
    return this.#asking.formField(name)
  }
}
