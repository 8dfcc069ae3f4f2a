import type { Context, Hono } from 'hono'
import { type DetectorOptions, detectFromHeader } from 'hono/language'
import { readCookie, serializeCookie } from '../../guard/cookies/cookies.ts'
import { isFromOtherSite } from '../../guard/cookies/csrf.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { RouteEnv } from '../../routes/http/endpoint.ts'
import { claimsOfAccessCookie } from '../../routes/sessions/cookies/access-cookie.ts'
import { type Language, languages } from '../messages/index.ts'
import type { PageCookie, Proof, Visit } from '../page.ts'
import type { Site } from '../site.ts'
import { makeAsk } from './ask.ts'
import { CookieJar } from './cookie-jar.ts'

/** What visits are made from. */
export interface VisitParts {
  readonly site: Site
  readonly routes: Hono<RouteEnv>
  readonly jwt: JwtManager
  readonly now: () => Date
}

export function makeVisit(c: Context, { site, routes, jwt, now }: VisitParts): Visit {
  // Some pages use something up or refresh tokens, and HEAD must change nothing: it is answered as for a stranger.
  const cookies = c.req.method === 'HEAD' ? '' : (c.req.header('cookie') ?? '')
  const jar = new CookieJar(cookies)
  // Not Hono's, which catches an error for each invalid escape, of which there can be thousands.
  const query = URL.parse(c.req.url)?.searchParams
  const language = languageOf(c)
  const { cookieSecure: secure } = jwt.settings
  const nameOf = (name: PageCookie) => (secure ? `__Host-${name}` : name)
  return {
    site,
    language,
    messages: languages[language],
    now,
    ask: makeAsk(c, { routes, jwt, jar }),
    proof: () => proofIn(jar, jwt),
    isFromOtherSite: isFromOtherSite({ header: (name) => c.req.header(name) }),
    isFrom: (path) => URL.parse(c.req.header('referer') ?? '')?.pathname === site.to(path),
    query: (name) => query?.get(name) ?? undefined,
    cookie: (name) => readCookie(cookies, nameOf(name)) || undefined,
    setCookie(name, value, maxAgeSeconds) {
      const attributes = { path: '/', secure, httpOnly: true, sameSite: 'Lax', maxAgeSeconds } as const
      c.header('Set-Cookie', serializeCookie(nameOf(name), value, attributes), { append: true })
    },
  }
}

function proofIn(jar: CookieJar, jwt: JwtManager): Proof | undefined {
  const { fresh, auth_time: at, acr } = claimsOfAccessCookie(jar.header, jwt) ?? {}
  if (fresh !== true || typeof at !== 'number') return undefined
  return { at: new Date(at * 1000), hasSecondFactor: acr === 'aal2' }
}

/** The language comes from the header alone: addresses are the same in every language. */
const detection: DetectorOptions = {
  order: ['header'],
  caches: false,
  ignoreCase: true,
  fallbackLanguage: 'en',
  supportedLanguages: Object.keys(languages),
  lookupFromHeaderKey: 'accept-language',
  lookupQueryString: '',
  lookupCookie: '',
  lookupFromPathIndex: 0,
}

function languageOf(c: Context): Language {
  return (detectFromHeader(c, detection) ?? 'en') as Language
}
