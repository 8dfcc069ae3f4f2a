import type { CsrfNames } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Credentials } from './credentials.ts'

type Kind = 'access' | 'refresh'

/**
 * Cookie mode: the session is in cookies that no script can read. The client adds the double-submit value, which it
 * reads from another cookie. If that cookie belongs to another host, the client adds none, and the server relies on the
 * `Origin` of the request.
 */
export function makeCookies(here: Surroundings, base: URL | undefined, names: CsrfNames = {}): Credentials {
  /** Counts changes of the cookies that this page cannot read. */
  let generation = 0

  async function renew(): Promise<void> {
    generation++
  }

  /** In a sandbox, reading them throws. */
  function readable(): string | undefined {
    try {
      return here.document?.cookie
    } catch {
      return undefined
    }
  }

  function csrf(kind: Kind, hostname = base?.hostname): string | undefined {
    const name = `csrf_${kind}_token`
    // A `__Host-` cookie and one without a prefix belong to this page's host only, whatever the port.
    const isOwn = `${here.origin}:`.includes(`/${hostname}:`)
    const prefixes = isOwn ? ['__Host-', '__Secure-', ''] : ['__Secure-']
    const given = names[`${kind}Cookie`]
    const found = given ? [given] : prefixes.map((prefix) => prefix + name)
    const cookies = `; ${readable()}`
    return found.map((name) => cookies.split(`; ${name}=`)[1]?.split(';')[0]).find(Boolean)
  }

  return {
    isShared: true,
    mark: () => `${generation} ${csrf('access') ?? ''}`,
    sign(headers, method, purpose, hostname) {
      if (purpose !== 'open' && !/^(GET|HEAD|OPTIONS)$/i.test(method)) {
        const isOfRefresh = purpose === 'refresh' || (purpose === 'logout' && !csrf('access'))
        const kind = isOfRefresh ? 'refresh' : 'access'
        const name = names[`${kind}Header`] ?? 'X-CSRF-TOKEN'
        const value = csrf(kind, hostname)
        if (value && !headers.has(name)) headers.set(name, value)
      }
      return { credentials: 'include' }
    },
    refreshKey: () => csrf('refresh') ?? '',
    bodyFor: (kind) => (kind === 'login' ? { cookies: true } : {}),
    async adopt() {},
    accept: renew,
    notice: renew,
    forget: renew,
    leave: renew,
    hasSession: () => undefined,
    claims: () => ({}),
  }
}
