import type { Hono } from 'hono'
import { clockOf, openParts } from './accounts/accounts.ts'
import { type AuthOptions, settle } from './accounts/options.ts'
import { Revocations } from './accounts/revocations.ts'
import { Sessions } from './accounts/sessions.ts'
import { Users } from './accounts/users.ts'
import { ConfigurationError } from './errors.ts'
import { JwtManager } from './guard/jwt-manager.ts'
import { makeClientOf } from './routes/client.ts'
import type { RouteEnv } from './routes/endpoint.ts'
import { makeHandler } from './routes/handler.ts'
import { makeRoutes } from './routes/index.ts'
import { migrationStatus } from './store/migrate.ts'

export { type Accounts, openAccounts } from './accounts/accounts.ts'
export type { ImportedUser, ImportOutcome } from './accounts/import-users.ts'
export type { LimitOptions } from './accounts/limits.ts'
export type { AccountsOptions, AuthOptions } from './accounts/options.ts'
export type { PasswordOptions } from './accounts/passwords.ts'
export type { Sessions } from './accounts/sessions.ts'
export type { Users } from './accounts/users.ts'
export { type MemberFault, RequestError, type RequestErrorCode } from './errors.ts'
export type { RouteEnv } from './routes/endpoint.ts'
export type { AuditEvent, AuditEventName } from './store/audit.ts'
export type { Session } from './store/sessions.ts'
export type { User } from './store/users.ts'

/** Users, passwords and sessions in SQL, the tokens for them, and the routes to use them by. */
export interface Auth {
  /** Guards routes; it knows what was taken back. */
  readonly jwt: JwtManager
  readonly users: Users
  readonly sessions: Sessions
  /** `POST /register`, `/login`, `/refresh` and so on, to mount at a path of your own. */
  readonly routes: Hono<RouteEnv>
  /** The same under `/auth`, with `/openapi.json` and `/docs`, for any server that speaks fetch. */
  readonly handler: (request: Request, env?: unknown) => Response | Promise<Response>
  /** Passwords that are being hashed, that wait for it, and how many may wait. */
  readonly hashLoad: { readonly waiting: number; readonly running: number; readonly capacity: number }
  /** Fails where the database cannot be asked, or is not up to date. */
  readonly ready: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Everything, inside your app. Opens the database, brings it up to date, and loads what was taken back.
 * @throws {ConfigurationError} `option_invalid` with every mistake at once, `key_*`, `database_*`, `package_missing`
 * @example
 * const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
 * app.route('/auth', auth.routes)
 * app.get('/protected', jwtRequired(auth.jwt), handler)
 */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  const settings = settle(options)
  const { secret, keys, issuer, audience, clock, corsOrigins, cookieSecure, accessTokenSeconds } = settings
  const { onError = (error: unknown) => console.error(error) } = settings
  const now = clockOf(settings)
  const revocations = new Revocations(() => now().getTime())
  // Made before the database is opened: a secret that cannot be used leaves nothing behind.
  const jwt = new JwtManager({
    ...(keys === undefined ? { secret } : { keys }),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(clock !== undefined && { clock }),
    accessTokenSeconds,
    tokenLocation: ['headers', 'cookies'],
    trustedOrigins: corsOrigins,
    cookieSecure,
    isRevoked: (claims) => revocations.has(claims),
  })
  const parts = {
    ...(await openParts(settings, { revocations, now })),
    jwt,
    lifetimes: settings,
    registration: settings.registration,
    clientOf: makeClientOf(settings.trustProxy),
  }
  const routes = makeRoutes(parts, { corsOrigins, onError })
  return {
    jwt,
    users: new Users(parts),
    sessions: new Sessions(parts),
    routes,
    handler: makeHandler(routes, jwt, onError),
    get hashLoad() {
      return parts.passwords.load
    },
    async ready() {
      await parts.database.check()
      const { pending } = await migrationStatus(parts.database)
      if (pending.length > 0) throw new ConfigurationError('database_invalid', 'Migrations are pending')
    },
    close: parts.database.close,
  }
}
