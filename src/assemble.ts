import type { Hono } from 'hono'
import { openParts } from './accounts/accounts.ts'
import { cookieOptionsOf } from './accounts/cookie-options.ts'
import { MailLimits } from './accounts/email/mail-limits.ts'
import { withoutMail } from './accounts/email/parts.ts'
import { openProviders, type ProviderSite } from './accounts/identities/parts.ts'
import { factorIssuerOf } from './accounts/mfa/parts.ts'
import { authDefaults, type Settled } from './accounts/options.ts'
import { pagesPathOf, pagesUrlOf } from './accounts/page-settings.ts'
import { relyingPartyOf } from './accounts/passkeys/parts.ts'
import { Decoys } from './accounts/passwords/decoys.ts'
import { Clients } from './accounts/services/clients.ts'
import { Sessions } from './accounts/sessions/sessions.ts'
import { renewSessionToken } from './accounts/sessions/tokens/renew-token.ts'
import { makeRevocationCheck } from './accounts/sessions/tokens/revocation-check.ts'
import { Users } from './accounts/users/users.ts'
import { startCleanup } from './core/cleanup.ts'
import { openJournal } from './core/journal.ts'
import { type Close, closeAll, openAll } from './core/opened.ts'
import { ConfigurationError, optionInvalid } from './errors.ts'
import { longestCookieSeconds } from './guard/cookies/cookies.ts'
import { JwtManager } from './guard/jwt-manager.ts'
import type { JwtManagerCallbacks } from './guard/options/options.ts'
import { type InProcess, makeInProcess } from './in-process/in-process.ts'
import { KeyRing } from './keys/key-ring.ts'
import { keySettings } from './keys/options.ts'
import { Mails } from './mail/mails.ts'
import { setUpMail } from './mail/open-mail.ts'
import { baseOf } from './mail/options.ts'
import type { PagesOptions } from './pages/index.ts'
import { RevocationFeed } from './revocations/revocation-feed.ts'
import { basePath, type FetchHandler, makeHandler, makeHandlerAt } from './routes/handler.ts'
import type { RouteEnv, RouteParts } from './routes/http/endpoint.ts'
import { makeOriginOf, makeOriginReader } from './routes/http/origin.ts'
import { makeRoutes } from './routes/index.ts'
import { makeWellKnown } from './routes/services/well-known.ts'
import { makeServerSecret } from './secrets/server-secret.ts'
import { noteClock, type readClock } from './store/engine/clock.ts'
import { migrationStatus } from './store/migrations/migrate.ts'
import { registerTokenLife } from './store/revocations/token-lives.ts'
import { exportJwk } from './token/keys/jwk.ts'
import type { Key } from './token/keys/key.ts'
import { KeySet } from './token/keys/key-set.ts'

/** Users, passwords and sessions in SQL, the tokens for them, and the routes. */
export interface Auth extends InProcess {
  /** Guards routes, revocation included. */
  readonly jwt: JwtManager
  /** Adds, finds, lists, changes, disables, imports and deletes accounts. */
  readonly users: Users
  /** Lists and ends the sessions of users. */
  readonly sessions: Sessions
  /** The services that may introspect tokens and follow revocations. */
  readonly clients: Clients
  /** The mails that are queued, were sent or were given up. */
  readonly mails: Mails
  /** The keys that hallpass creates and rotates; absent with `secret` or `keys`. */
  readonly keyRing: KeyRing | undefined
  /** `POST /register`, `/login`, `/refresh` and so on, to mount at a path of your choice. */
  readonly routes: Hono<RouteEnv>
  /** `/jwks.json` and `/oauth-authorization-server`, to mount at `/.well-known`. */
  readonly wellKnown: Hono
  /** The pages for signing in and for managing an account, to mount at their path; absent unless `pages` is a path. */
  readonly pages: Hono | undefined
  /**
   * Everything: the routes under `/auth`, the pages at their path, `/openapi.json` and `/docs`, as a function from `Request`
   * to `Response`.
   */
  readonly handler: FetchHandler
  /**
   * The routes alone, under a path such as `/api/auth`, as a function from `Request` to `Response`. Its second argument
   * contains the client's address: `{ incoming }` as `@hono/node-server` passes it, or `{ address }`.
   */
  readonly handlerAt: (path: string) => FetchHandler
  /** Passwords that are being hashed or are waiting, and how many may wait. */
  readonly hashLoad: { readonly waiting: number; readonly running: number; readonly capacity: number }
  /** The number of revocations in memory, and the age of the list. */
  readonly revocationLoad: { readonly size: number; readonly ageSeconds: number }
  /** How far the clock of this machine is ahead of the database's, which all processes use. */
  readonly clockDifferenceSeconds: number
  /** Rejects if the database cannot be reached or is not migrated. */
  readonly ready: () => Promise<void>
  /** Stops all work in the background, and closes the database. */
  readonly close: () => Promise<void>
}

interface TestParts {
  readonly readDatabaseClock: typeof readClock
}

/**
 * Assembles the parts: the decisions, the keys, the feed, the routes. If that fails, nothing stays open or keeps running.
 * @param test A database clock that tests can move. With it, nothing is cleaned up in the background, because what the
 * database itself wrote has its own clock.
 */
export function assembleAuth(settings: Settled, test?: TestParts): Promise<Auth> {
  return openAll((opened) => assemble(settings, opened, test))
}

/** Whatever can be wrong with the settings is found before anything is opened. */
async function assemble(settings: Settled, opened: Close[], test: TestParts | undefined): Promise<Auth> {
  const { corsOrigins, onError, onFault } = settings
  const keys = settings.keyRing === undefined ? settings.keys : new KeySet()
  const jwt = makeManager(settings, keys, {
    isRevoked: (claims, header, how) => isRevoked(claims, header, how),
    renewToken: (token) => renewSessionToken(parts, token),
    clock: () => own.sharedClock.seconds(),
    onFault,
  })
  const secrets = makeServerSecret(secretsOf(settings, jwt.keys))
  const mail = setUpMail(settings, {
    pagesUrlOf: (base) => pagesUrlOf(settings, base),
    secrets,
  })
  const readOrigin = makeOriginReader(settings.trustProxy, onFault)
  const providers = openProviders(settings.providers)
  const makePages = await preparePagesOf(settings, jwt)
  const own = await openParts(settings, test)
  opened.push(own.close)
  const decoys = new Decoys(secrets, own.passwords.cost)
  const parts = {
    ...own,
    jwt,
    secrets,
    decoys,
    outbox: mail?.outbox,
    mailLimits: new MailLimits(own.database.query, settings.limits, own.counters),
    emailSignIn: settings.emailSignIn,
    lifetimes: settings,
    registration: settings.registration,
    sessionsPerUser: settings.sessionsPerUser,
    gate: settings,
    providers,
    site: siteOf(settings),
    relyingParty: relyingPartyOf(settings),
    factorIssuer: factorIssuerOf(settings.issuer ?? settings.url),
    ...(settings.claimsFor !== undefined && { claimsFor: settings.claimsFor }),
    originOf: makeOriginOf(readOrigin),
  }
  const keyRing = settings.keyRing && new KeyRing(parts, settings.keyRing, jwt.keys)
  opened.push(() => keyRing?.close())
  const feed = new RevocationFeed(parts.revocations, openJournal(parts.database, parts), {
    maxAgeSeconds: settings.revocationMaxAgeSeconds,
    onFault,
    onRead: () => void keyRing?.refresh().catch(onFault),
  })
  opened.push(() => feed.close())
  const isRevoked = makeRevocationCheck({ ...parts, feed })
  await registerTokenLife(parts.database, settings.accessTokenSeconds)
  const databaseNow = await parts.clock.databaseTime(parts.database.sql)
  own.sharedClock.noteGap(databaseNow, await noteClock(parts.database.sql, databaseNow))
  await keyRing?.open()
  await feed.start()
  opened.push(await decoys.start(parts.database, onFault))
  if (mail === undefined) for (const fault of withoutMail(settings)) onFault(new Error(fault))
  const checksAnswers = test !== undefined || /^(?:development|test)$/.test(process.env.NODE_ENV ?? '')
  const routeSettings = { corsOrigins, onError, checksAnswers }
  const routes = makeRoutes(parts, routeSettings)
  const pages = makePages?.({ ...parts, routes, onError })
  /** Cached, because some frameworks have nowhere to keep a handler and ask for it with each request. */
  const handlers = new Map<string, FetchHandler>()
  // Fixed keys may be cached for as long as those of a ring.
  const maxAgeSeconds = keyRing?.jwksMaxAgeSeconds ?? keySettings.jwksMaxAgeSeconds.default
  const wellKnown = makeWellKnown({
    jwt,
    maxAgeSeconds,
    url: settings.url ?? settings.issuer,
    basePath,
    passkeyOrigins: parts.relyingParty.origins,
    pagesUrl: parts.site.url === '' ? undefined : parts.site.pages,
  })
  // In tests, it sends what is queued and polls for nothing else, because time does not pass there by itself.
  const mailer = mail?.start(parts, onFault, test === undefined ? undefined : {})
  opened.push(() => mailer?.close())
  if (test === undefined) opened.push(startCleanup(parts, onFault))
  let closing: Promise<void> | undefined
  return {
    jwt,
    users: new Users(parts),
    sessions: new Sessions(parts),
    ...makeInProcess(parts, readOrigin),
    clients: new Clients(parts),
    mails: new Mails(parts),
    keyRing,
    routes,
    wellKnown,
    pages: pages?.app,
    handler: makeHandler({ routes, wellKnown, jwt, ...(pages && { pages }) }, routeSettings),
    handlerAt(path) {
      if (typeof path !== 'string') throw optionInvalid('The path of the routes must be a string, such as /auth')
      const handler = handlers.get(path) ?? makeHandlerAt(path, { routes, jwt }, routeSettings)
      handlers.set(path, handler)
      return handler
    },
    get hashLoad() {
      return parts.passwords.load
    },
    get revocationLoad() {
      return { size: parts.revocations.size, ageSeconds: feed.ageSeconds }
    },
    get clockDifferenceSeconds() {
      return own.sharedClock.differenceSeconds
    },
    async ready() {
      await parts.database.check()
      const { pending } = await migrationStatus(parts.database)
      if (pending.length > 0) throw new ConfigurationError('database_invalid', 'Migrations are pending')
    },
    close() {
      closing ??= closeAll(opened)
      return closing
    },
  }
}

/** Where the server is, and where it may send a browser. This never comes from a request. */
function siteOf(settings: Settled): ProviderSite {
  const url = baseOf(settings) ?? ''
  const own = ownOriginOf(settings)
  const path = pagesPathOf(settings)
  return {
    url,
    origins: [...(own === undefined ? [] : [own]), ...settings.corsOrigins],
    pages: path === undefined ? undefined : url + path.replace(/\/+$/, ''),
  }
}

/** An issuer may be any text, and the origin of `urn:example` would be the text `null`. */
function ownOriginOf(settings: Settled): string | undefined {
  const base = baseOf(settings)
  return base === undefined ? undefined : new URL(base).origin
}

/**
 * Loaded only if they are configured, because an application may have its own pages.
 * @returns Makes the pages; `undefined` if there are none.
 * @throws {ConfigurationError} `option_invalid`
 */
async function preparePagesOf(settings: Settled, jwt: JwtManager) {
  const path = pagesPathOf(settings)
  if (path === undefined) return undefined
  const { preparePages } = await import('./pages/open-pages.ts')
  const makePages = await preparePages({ ...settings, path, jwt })
  return (parts: Pick<RouteParts, 'now' | 'outbox' | 'site'> & Pick<PagesOptions, 'routes' | 'onError'>) => ({
    path,
    ...makePages({
      ...settings,
      ...parts,
      ownOrigin: ownOriginOf(settings),
      origins: parts.site.origins,
      hasMail: parts.outbox !== undefined,
      hasEmailSignIn: parts.outbox !== undefined && settings.emailSignIn,
      isRegistrationOpen: settings.registration === 'open',
      requiresEmail: settings.requireVerifiedEmail,
      passwordMinLength: settings.passwordMinLength ?? authDefaults.passwordMinLength,
    }),
  })
}

/**
 * The secrets from which the server's other keys are derived, newest first: the encryption secret of the ring, or what
 * its tokens are signed with.
 */
function secretsOf({ keyRing }: Settled, keys: KeySet): [string, ...string[]] {
  if (keyRing !== undefined) {
    const { encryptionSecret, previousEncryptionSecret: previous } = keyRing
    return [encryptionSecret, ...(previous === undefined ? [] : [previous])]
  }
  const { kid } = keys.signing
  const others = [...keys].filter((key) => key.canSign && key.kid !== kid).reverse()
  const textOf = (key: Key) => JSON.stringify(exportJwk(key, { private: true }))
  return [textOf(keys.signing), ...others.map(textOf)]
}

function makeManager(
  settings: Settled,
  keys: KeySet | undefined,
  own: Required<Pick<JwtManagerCallbacks<unknown, string>, 'isRevoked' | 'renewToken' | 'onFault'>> & {
    readonly clock: () => number
  },
): JwtManager {
  const { secret, url, issuer, audience, leewaySeconds, corsOrigins, cookieSecure, accessTokenSeconds } = settings
  const sessionSeconds = Math.min(settings.refreshTokenSeconds, settings.sessionSeconds)
  return new JwtManager({
    ...(keys === undefined ? { secret } : { keys }),
    ...(issuer !== undefined && { issuer }),
    ...(issuer === undefined && url !== undefined && { encodeIssuer: url }),
    ...(audience !== undefined && { audience }),
    leewaySeconds,
    accessTokenSeconds,
    tokenLocation: ['headers', 'cookies'],
    trustedOrigins: corsOrigins,
    cookieSecure,
    // All cookies last as long as an unused session, that of the access token too: once expired, it is rejected as
    // such.
    sessionCookie: false,
    persistentCookieSeconds: Math.min(sessionSeconds, longestCookieSeconds),
    ...cookieOptionsOf(settings),
    ...own,
  })
}
