import { readCookies, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import { cookieOptions } from '../../../guard/options/defaults.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/**
 * `Set-Cookie` lines that remove what a browser keeps beside our cookies under their names, from before a change of
 * `cookieDomain`. A page would read the double-submit value of the one and send it with the token of the other.
 */
export function staleCookies(request: RequestView, { settings }: JwtManager): string[] {
  const { cookieSecure: secure, cookieSameSite: sameSite, cookiePartitioned: partitioned } = settings
  const own = settings.cookieDomain?.replace(/^\./, '').toLowerCase()
  const others = [undefined, ...domainsOf(request.header('host') ?? '')].filter((domain) => domain !== own)
  return cookieOptions.flatMap(([nameOption, pathOption]) => {
    const [name, path] = [settings[nameOption], settings[pathOption]]
    if (readCookies(request.header('cookie'), name).length < 2 || name.startsWith('__Host-')) return []
    return others.map((domain) =>
      serializeCookie(name, '', { path, domain, secure, sameSite, partitioned, maxAgeSeconds: 0 }),
    )
  })
}

/** Anyone may send any host: a name of more labels is not looked at. */
const maxLabels = 8

/** The domains that a host may set cookies for, its own first. */
function domainsOf(host: string): string[] {
  if (host.length > 260) return []
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name) || /\.\d+$/.test(name)) return []
  const labels = name.split('.')
  if (labels.length > maxLabels) return []
  return labels.slice(0, -1).map((_, start) => labels.slice(start).join('.'))
}
