import type { Context, Hono } from 'hono'
import { type DetectorOptions, detectFromHeader } from 'hono/language'
import { readCookie, serializeCookie } from '../guard/cookies.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { RouteEnv } from '../routes/http/endpoint.ts'
import { makeAsk } from './ask.ts'
import { type Language, languages } from './messages/index.ts'
import type { PageCookie, Visit } from './page.ts'
import type { Site } from './site.ts'

/** What visits are made with. */
export interface VisitParts {
  readonly site: Site
  readonly routes: Hono<RouteEnv>
  readonly jwt: JwtManager
}

export function makeVisit(c: Context, { site, routes, jwt }: VisitParts): Visit {
  const language = languageOf(c)
  const { cookieSecure: secure } = jwt.settings
  const nameOf = (name: PageCookie) => (secure ? `__Host-${name}` : name)
  return {
    site,
    language,
    messages: languages[language],
    ask: makeAsk(c, routes, jwt),
    query: (name) => c.req.query(name),
    cookie: (name) => readCookie(c.req.header('cookie'), nameOf(name)) || undefined,
    setCookie(name, value, maxAgeSeconds) {
      const attributes = { path: '/', secure, httpOnly: true, sameSite: 'Lax', maxAgeSeconds } as const
      c.header('Set-Cookie', serializeCookie(nameOf(name), value, attributes), { append: true })
    },
  }
}

/** Only the header says it: addresses are the same in every language. */
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
