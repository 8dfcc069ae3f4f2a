import { z } from 'zod'
import type { CoreOptions } from '../core/open-core.ts'
import { seconds } from '../core/options.ts'
import { ConfigurationError } from '../errors.ts'
import { originFault } from '../guard/origins.ts'
import { type KeyRingOptions, keyRingSchema } from '../keys/options.ts'
import type { KeyMaterial } from '../token/key-material.ts'
import { KeySet } from '../token/key-set.ts'
import { type AuthCookieOptions, cookieOptionNames, cookieOptionProblems } from './cookie-options.ts'
import type { LimitOptions } from './passwords/limits/limits.ts'
import { mostAttempts } from './passwords/limits/tries.ts'
import type { PasswordOptions } from './passwords/passwords.ts'
import type { ClaimsFor, Lifetimes } from './sessions/parts.ts'

/** Where accounts are stored, and how. */
export interface AccountsOptions extends CoreOptions {
  /** How passwords are hashed, and which are rejected. */
  readonly passwords?: Partial<PasswordOptions>
}

/** Accounts, and the tokens and routes for them. Also takes the cookie options of a `JwtManager`. */
export interface AuthOptions extends AccountsOptions, AuthCookieOptions {
  /** Lifetime of an access token. 900 by default. The longest of any node is stored in the database: revocations are kept for that time. */
  readonly accessTokenSeconds?: number
  /** HMAC secret that signs the tokens, at least 32 random bytes. Pass one of this, `keys` and `keyRing`. */
  readonly secret?: KeyMaterial | undefined
  /** Keys of any kind; the newest key signs. */
  readonly keys?: KeySet
  /** Keys that hallpass creates, stores in the database and rotates; services verify with the published ones. */
  readonly keyRing?: KeyRingOptions
  /** Public URL of this service: used in its metadata, and as `iss` if `issuer` is not set. `issuer` by default. */
  readonly url?: string
  /** `iss` of access tokens, written and required. Not checked by default. */
  readonly issuer?: string
  /** `aud` likewise. */
  readonly audience?: string | readonly string[]
  /** Tolerated difference between the clocks of nodes, 0 to 600. 5 by default. */
  readonly leewaySeconds?: number
  /** Idle lifetime of a session: it ends after this time without a refresh. 2,592,000 (30 days) by default. */
  readonly refreshTokenSeconds?: number
  /** Maximum lifetime of a session. 7,776,000 (90 days) by default. */
  readonly sessionSeconds?: number
  /** Maximum sessions per user; one more ends the least recently used. 100 by default, 10,000 at most. */
  readonly sessionsPerUser?: number
  /** Grace period in which a just-rotated refresh token returns the current token. 10 by default. */
  readonly refreshGraceSeconds?: number
  /** Maximum age of the in-memory revocation list. 5 by default. */
  readonly revocationMaxAgeSeconds?: number
  /** Time after its end when a session is deleted from the database. 2,592,000 (30 days) by default. */
  readonly endedSessionSeconds?: number
  /** Time after which an audit event is deleted. A year by default. */
  readonly auditSeconds?: number
  /** Claims for each access token of a session, such as `scope`, or `roles` instead of the user's. None by default. */
  readonly claimsFor?: ClaimsFor
  /** Whether users may create accounts themselves. `open` by default. */
  readonly registration?: 'open' | 'closed'
  /** Limits on failed logins and on registrations. */
  readonly limits?: Partial<LimitOptions>
  /** The number of proxies in front, or their networks in CIDR notation. 0 by default: `X-Forwarded-For` is ignored. */
  readonly trustProxy?: number | readonly string[]
  /** Origins whose pages may call the routes, such as `https://app.example`. None by default. */
  readonly corsOrigins?: readonly string[]
  /** Called with a server error, of which the client sees only the code. Logs to the console by default. */
  readonly onError?: (error: unknown, request: Request) => void
  /** `false` for development over plain HTTP: cookies without `Secure` and without their `__Host-` names. */
  readonly cookieSecure?: boolean
}

/** The defaults. */
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

const count = z.int().min(1)
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
  keyRing: keyRingSchema.optional(),
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
