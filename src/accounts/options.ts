import { z } from 'zod'
import { ConfigurationError } from '../errors.ts'
import { originFault } from '../guard/origins.ts'
import type { AuditEvent } from '../store/audit.ts'
import { type AlgorithmName, algorithms } from '../token/algorithms.ts'
import type { KeyMaterial } from '../token/key-material.ts'
import { KeySet } from '../token/key-set.ts'
import { type AuthCookieOptions, cookieOptionNames, cookieOptionProblems } from './cookie-options.ts'
import type { LimitOptions } from './limits/limits.ts'
import { mostAttempts } from './limits/tries.ts'
import type { ClaimsFor, Lifetimes } from './parts.ts'
import type { PasswordOptions } from './passwords.ts'

/** Where accounts are, and how they are kept. */
export interface AccountsOptions {
  /** `sqlite:` and a path, `sqlite::memory:`, or `postgres://…`. */
  readonly database: string
  /** `redis://…` of a Valkey or Redis server: limits are counted there, and changes told. None by default: the database does both. */
  readonly valkey?: string
  /** How passwords are hashed, and which are refused. */
  readonly passwords?: Partial<PasswordOptions>
  /** Told of every event, once what it tells of is done. What it throws is a warning of the process. */
  readonly onEvent?: (event: AuditEvent) => void
  /** Who the audit says did what no client asked for: a program that works for an operator, for example. No one by default. */
  readonly actor?: string
  /** Told of what goes wrong beside requests: a lost connection, for example. A warning of the process by default. */
  readonly onFault?: (error: unknown) => void
  /**
   * The time that this process goes by, Unix seconds with a fraction: for tests. The database's clock by default. What is
   * deleted, and when keys change, the database decides in any case.
   */
  readonly clock?: () => number
}

/** Accounts, and the tokens and routes for them. Of the cookies, what a `JwtManager` takes as well. */
export interface AuthOptions extends AccountsOptions, AuthCookieOptions {
  /** Life of an access token. 900 by default. The longest of any node is kept in the database: revocations matter for as long. */
  readonly accessTokenSeconds?: number
  /** HMAC secret, at least 32 random bytes. One of this, `keys` and `keyRing`. */
  readonly secret?: KeyMaterial | undefined
  /** Keys of any kind; the newest signs. */
  readonly keys?: KeySet
  /** Keys that are made, kept in the database and changed by hallpass itself; others verify by the published ones. */
  readonly keyRing?: KeyRingOptions
  /** Where others reach this service: in its metadata, and `iss` where no `issuer` is demanded. `issuer` by default. */
  readonly url?: string
  /** `iss` written into access tokens and demanded of them. Not looked at by default. */
  readonly issuer?: string
  /** `aud` likewise. */
  readonly audience?: string | readonly string[]
  /** How far the clocks of nodes may differ before their tokens are refused, 0 to 600. 5 by default. */
  readonly leewaySeconds?: number
  /** A session that is not used ends after this. 2,592,000 (30 days) by default. */
  readonly refreshTokenSeconds?: number
  /** Every session ends after this. 7,776,000 (90 days) by default. */
  readonly sessionSeconds?: number
  /** A user has at most this many sessions: one more ends the least recently used. 100 by default, 10,000 at most. */
  readonly sessionsPerUser?: number
  /** How long a spent refresh token still gets the successor that it was spent for. 10 by default. */
  readonly refreshGraceSeconds?: number
  /** What is in memory of revocations is relied on for so long after it was last known to be all. 5 by default. */
  readonly revocationMaxAgeSeconds?: number
  /** A session is removed from the database so long after its end. 2,592,000 (30 days) by default. */
  readonly endedSessionSeconds?: number
  /** An audit event is removed after this. A year by default. */
  readonly auditSeconds?: number
  /** Claims for each access token of a session: `scope` for example, or `roles` in place of the user's. None by default. */
  readonly claimsFor?: ClaimsFor
  /** Whether anybody may make an account. `open` by default. */
  readonly registration?: 'open' | 'closed'
  /** How often somebody may be wrong. */
  readonly limits?: Partial<LimitOptions>
  /** How many proxies stand in front, or their networks in CIDR. 0 by default: `X-Forwarded-For` is not believed. */
  readonly trustProxy?: number | readonly string[]
  /** Origins whose pages may call the routes, such as `https://app.example`. None by default. */
  readonly corsOrigins?: readonly string[]
  /** Told of what went wrong on the server's side; the client learns no more than that. Written to the console by default. */
  readonly onError?: (error: unknown, request: Request) => void
  /** `false` for development over plain HTTP: cookies without `Secure` and without their `__Host-` names. */
  readonly cookieSecure?: boolean
}

/** What is taken where an option is absent. */
export const authDefaults: Required<
  Pick<
    AuthOptions,
    | 'leewaySeconds'
    | 'registration'
    | 'sessionsPerUser'
    | 'trustProxy'
    | 'corsOrigins'
    | 'cookieSecure'
    | 'revocationMaxAgeSeconds'
    | 'endedSessionSeconds'
    | 'auditSeconds'
    | keyof Lifetimes
  >
> = {
  accessTokenSeconds: 15 * 60,
  refreshTokenSeconds: 30 * 24 * 60 * 60,
  sessionSeconds: 90 * 24 * 60 * 60,
  refreshGraceSeconds: 10,
  leewaySeconds: 5,
  revocationMaxAgeSeconds: 5,
  endedSessionSeconds: 30 * 24 * 60 * 60,
  auditSeconds: 366 * 24 * 60 * 60,
  registration: 'open',
  sessionsPerUser: 100,
  trustProxy: 0,
  corsOrigins: [],
  cookieSecure: true,
}

/** Keys that are made, kept and changed by hallpass itself. */
export interface KeyRingOptions {
  /** What encrypts the keys in the database: at least 32 random bytes. */
  readonly secret: string
  /** The secret before, until the keys were encrypted anew. */
  readonly previousSecret?: string | undefined
  /** ES256 by default. */
  readonly algorithm?: AlgorithmName
  /** A key signs for so long. 7,776,000 (90 days) by default. */
  readonly rotateAfterSeconds?: number
  /** How long others may keep a copy of the published keys, and so for how long a key is published before it signs. 300 by default. */
  readonly publishSeconds?: number
}

const tenYears = 10 * 366 * 24 * 60 * 60
const seconds = z.int().min(1).max(tenYears)
const count = z.int().min(1)
const longSecret = z.string().refine((text) => Buffer.byteLength(text) >= 32, 'must have at least 32 random bytes')
/** Of an option that lists origins. */
export const origin: z.ZodString = z.string().superRefine((text, { addIssue }) => {
  const message = originFault(text)
  if (message !== undefined) addIssue({ code: 'custom', message })
})

const schema = z.strictObject({
  database: z.string().min(1),
  valkey: z.string().min(1).optional(),
  passwords: z.custom(isObject, 'must be an object').optional(),
  accessTokenSeconds: seconds.optional(),
  onEvent: z.custom(isFunction, 'must be a function').optional(),
  onFault: z.custom(isFunction, 'must be a function').optional(),
  actor: z.string().min(1).max(128).optional(),
  clock: z.custom(isFunction, 'must be a function').optional(),
  claimsFor: z.custom(isFunction, 'must be a function').optional(),
  secret: z.unknown().optional(),
  keys: z.instanceof(KeySet).optional(),
  keyRing: z
    .strictObject({
      secret: longSecret,
      previousSecret: longSecret.optional(),
      algorithm: z.enum(Object.keys(algorithms) as [AlgorithmName, ...AlgorithmName[]]).optional(),
      rotateAfterSeconds: seconds.optional(),
      publishSeconds: z.int().min(1).max(86_400).optional(),
    })
    .optional(),
  url: z.url().optional(),
  issuer: z.string().min(1).optional(),
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  refreshTokenSeconds: seconds.optional(),
  sessionSeconds: seconds.optional(),
  sessionsPerUser: z.int().min(1).max(10_000).optional(),
  refreshGraceSeconds: z.int().min(0).max(300).optional(),
  leewaySeconds: z.number().min(0).max(600).optional(),
  revocationMaxAgeSeconds: z.int().min(1).max(300).optional(),
  endedSessionSeconds: seconds.optional(),
  auditSeconds: seconds.optional(),
  registration: z.enum(['open', 'closed']).optional(),
  limits: z
    .strictObject({
      attemptsPerAccount: count.max(mostAttempts).optional(),
      attemptsPerAddress: count.optional(),
      longestDelaySeconds: z.int().min(1).max(86_400).optional(),
      registrationsPerAddress: count.optional(),
    })
    .optional(),
  trustProxy: z
    .union([z.int().min(0).max(100), z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))])
    .optional(),
  corsOrigins: z.array(origin).optional(),
  onError: z.custom(isFunction, 'must be a function').optional(),
  cookieSecure: z.boolean().optional(),
  ...Object.fromEntries(cookieOptionNames.map((name) => [name, z.unknown().optional()])),
})

/** Options with every default filled in. */
export type Settled<Options extends AccountsOptions> = Options & typeof authDefaults

/**
 * Checks options and fills in the defaults.
 * @throws {ConfigurationError} `option_invalid`, naming every mistake at once
 */
export function settle<Options extends AccountsOptions>(options: Options): Settled<Options> {
  const { error } = schema.safeParse(options)
  const ways = (['secret', 'keys', 'keyRing'] as const).filter((name) => (options as AuthOptions)[name] !== undefined)
  const mistakes = [
    ...(ways.length > 1 ? [`${ways.join(', ')}: pass only one of them`] : []),
    ...(error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`),
    ...cookieOptionProblems(options as AuthOptions),
  ]
  if (mistakes.length === 0) return { ...authDefaults, ...given(options) }
  throw new ConfigurationError('option_invalid', mistakes.join('; '))
}

/** A member that is there and undefined would take the place of its default. */
function given<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
