import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { RequestError, TokenError } from '../errors.ts'
import { isFromOtherSite } from '../guard/cookies/csrf.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { requestProblem, statusOf } from '../guard/problem.ts'
import type { RouteEnv } from '../routes/http/endpoint.ts'
import { refusalOf } from '../routes/http/errors.ts'
import { bodyTooLarge, maxBodyBytes, statedLength } from '../routes/http/read/body.ts'
import { accountPages } from './account/index.ts'
import { type Assets, makeAssets, serveAssets } from './assets.ts'
import { errorPage, notFoundPage } from './error-page.ts'
import { home } from './home.ts'
import { mailedPages } from './mailed/index.ts'
import type { Outcome, Page } from './page.ts'
import { routesPath } from './requests/ask.ts'
import { readOwnForm } from './requests/form.ts'
import { makeVisit } from './requests/visit.ts'
import { signInPages } from './sign-in/index.ts'
import type { Site } from './site.ts'

/** Every page. */
export const pages: readonly Page[] = [home, ...signInPages, ...mailedPages, ...accountPages]

/** What the pages are made from. */
export interface PagesOptions extends Omit<Site, 'to' | 'pathAt' | 'assets'> {
  /** Their path, such as `/`. */
  readonly path: string
  readonly routes: Hono<RouteEnv>
  readonly jwt: JwtManager
  readonly now: () => Date
  readonly onError: (error: unknown, request: Request) => void
}

/** Pages, to be mounted at their path. */
export interface Pages {
  readonly app: Hono
  /** For a person who mistypes an address. */
  readonly notFound: (c: Context) => Promise<Response>
}

/** The pages to sign in and to manage an account. */
export function makePages(options: PagesOptions): Pages {
  const { jwt, ownOrigin, onError } = options
  const assets = makeAssets(options.brand)
  const routes = new Hono<RouteEnv>().route(routesPath, options.routes)
  const parts = { ...options, routes, site: siteOf(options, assets) }
  const app = new Hono()
  app.onError((error, c) => {
    const refusal = error instanceof TokenError ? error : refusalOf(error)
    if (refusal.cause !== undefined) onError(refusal.cause, c.req.raw)
    const { status, headers } =
      refusal instanceof TokenError ? jwt.answer(refusal) : requestProblem(refusal, jwt.settings)
    for (const name of ['allow', 'retry-after']) if (headers[name] !== undefined) c.header(name, headers[name])
    return c.html(errorPage(makeVisit(c, parts), refusal.code), status as 200)
  })
  serveAssets(app, assets)
  for (const { path, show, submit } of pages) {
    app.use(path, headersOf(options), neverStored, onlyLinked)
    app.get(path, async (c) => {
      const answer = await send(c, await show(makeVisit(c, parts)))
      if (c.req.method === 'HEAD') answer.headers.delete('set-cookie')
      return answer
    })
    if (submit !== undefined) {
      app.post(path, limitForm, async (c) => {
        const form = await readOwnForm(c, ownOrigin)
        return send(c, await submit(makeVisit(c, parts), form))
      })
    }
    app.all(path, () => {
      const allow = ['GET', ...(submit === undefined ? [] : ['POST'])]
      throw new RequestError('method_not_allowed', `This page supports ${allow.join(' and ')}`, { allow })
    })
  }
  return {
    app,
    async notFound(c) {
      await headersOf(options)(c, async () => {
        c.res = await c.html(notFoundPage(makeVisit(c, parts)), statusOf('not_found') as 200)
        c.header('Cache-Control', 'no-store')
      })
      return c.res
    },
  }
}

function siteOf(options: PagesOptions, { style, script, passkeys, icon, logo }: Assets): Site {
  const { path: mounted, ownOrigin = 'http://localhost' } = options
  const base = mounted.replace(/\/+$/, '')
  // If the pages are below a path, the first one has that path as its address, without a slash at the end.
  const addressOf = (path: string) => (path === '/' && base !== '' ? base : base + path)
  return {
    ...options,
    to(path, query = {}) {
      const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
      return given.length === 0 ? addressOf(path) : `${addressOf(path)}?${new URLSearchParams(given)}`
    },
    pathAt(address) {
      const { origin, pathname } = new URL(address, ownOrigin)
      if (origin !== ownOrigin) return undefined
      if (pathname === base) return '/'
      return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : undefined
    },
    assets: {
      style: base + style.path,
      script: base + script.path,
      passkeys: base + passkeys.path,
      icon: base + icon.path,
      logo: logo && base + logo.path,
    },
  }
}

/**
 * Pages contain nothing inline and nothing from elsewhere, and cannot be framed. A form may lead back to a listed
 * application (`form-action`).
 */
function headersOf({ origins }: Pick<Site, 'origins'>): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'", ...origins],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    // With `no-referrer`, browsers would send `Origin: null` with our own forms.
    referrerPolicy: 'same-origin',
    strictTransportSecurity: 'max-age=15552000',
  })
}

const neverStored: MiddlewareHandler = async function neverStored(c, next) {
  await next()
  c.header('Cache-Control', 'no-store')
}

/**
 * Other sites may link to a page, and nothing more. If one loaded a page in a frame or as an image, with cookies that
 * are `SameSite=None`, the page would refresh tokens and use up the outcome of a sign-in at a provider.
 */
const onlyLinked: MiddlewareHandler = function onlyLinked(c, next) {
  // Browsers send all of these headers, or none.
  const { 'sec-fetch-dest': loadedAs = 'document', 'sec-fetch-mode': mode } = c.req.header()
  // A service worker forwards a followed link as `empty`, in a mode that no script can request.
  const isLink = loadedAs === 'document' || (loadedAs === 'empty' && mode === 'navigate')
  if (!isLink && isFromOtherSite({ header: (name) => c.req.header(name) })) {
    throw new TokenError('cross_site_refused', 'Other sites may only link to a page')
  }
  return next()
}

const limitForm: MiddlewareHandler = function limitForm(c, next) {
  if ((statedLength(c) ?? 0) > maxBodyBytes) throw bodyTooLarge()
  return next()
}

const seeOther = 303

function send(c: Context, outcome: Outcome): Response | Promise<Response> {
  if ('redirect' in outcome) return c.redirect(outcome.redirect, seeOther)
  if ('module' in outcome) {
    c.header('Content-Type', 'text/javascript; charset=utf-8')
    // A name may contain markup, and some proxies and scanners treat any text as a page.
    return c.body(`export default ${JSON.stringify(outcome.module).replaceAll('<', '\\u003c')}`)
  }
  return c.html(outcome.html, (outcome.status ?? 200) as 200)
}
