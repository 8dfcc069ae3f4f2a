import { z } from 'zod'
import { seconds } from '../core/settings/options.ts'
import type { SettingRows } from '../core/settings/setting.ts'
import { longestCookieSeconds } from '../guard/cookies/cookies.ts'
import { originFault } from '../guard/cookies/origins.ts'
import type { Lifetimes } from './sessions/parts.ts'

/** What can be set in `createAuth` and, under the same names, on the command line and in the environment. */
export interface AuthSettings extends Lifetimes {
  /** `iss` of access tokens, written into new ones and required of all. Not checked by default. */
  readonly issuer?: string
  /** `aud` of access tokens, written into new ones and required of all. Not checked by default. */
  readonly audience?: string | readonly string[]
  /** Lifetime of an access token. 900 by default. The longest of any node is stored in the database: revocations are kept for that time. */
  readonly accessTokenSeconds: number
  /** Tolerated difference between the clocks of nodes, 0 to 600. 5 by default. */
  readonly leewaySeconds: number
  /** Idle lifetime of a session: it ends after this time without a refresh. 2,592,000 (30 days) by default. */
  readonly refreshTokenSeconds: number
  /** Maximum lifetime of a session. 7,776,000 (90 days) by default. */
  readonly sessionSeconds: number
  /** Maximum sessions per user, 1 to 10,000; one more ends the least recently used. 100 by default. */
  readonly sessionsPerUser: number
  /** Grace period in which a just-rotated refresh token returns the current token. 10 by default. */
  readonly refreshGraceSeconds: number
  /** Maximum age of the in-memory revocation list. 5 by default. */
  readonly revocationMaxAgeSeconds: number
  /** Time from the end of a session to its deletion from the database. 2,592,000 (30 days) by default. */
  readonly endedSessionSeconds: number
  /** Time after which an audit event is deleted. 31622400 (366 days) by default. */
  readonly auditSeconds: number
  /** Whether users may log in by a mailed link or code. `false` by default. */
  readonly emailSignIn: boolean
  /** Whether users log in only after verifying their e-mail address. `false` by default. */
  readonly requireVerifiedEmail: boolean
  /** Roles whose users log in only with a second factor. None by default. */
  readonly mfaRoles: readonly string[]
  /** Time for which a trusted device needs no second factor; 0 turns that off. 2,592,000 (30 days) by default. */
  readonly trustedDeviceSeconds: number
  /** Domain that passkeys belong to: that of the public URL by default, or a parent domain. */
  readonly passkeyDomain?: string
  /** Origins whose pages may ask for passkeys. That of the public URL and `corsOrigins` by default. */
  readonly passkeyOrigins?: readonly string[]
  /** Whether users may create accounts themselves. `open` by default. */
  readonly registration: 'open' | 'closed'
  /** The number of proxies in front, or their networks in CIDR notation. 0 by default: `X-Forwarded-For` is ignored. */
  readonly trustProxy: number | readonly string[]
  /** Origins whose pages may call the routes, such as `https://app.example`. None by default. */
  readonly corsOrigins: readonly string[]
  /** `Secure` attribute of cookies. `true` by default; `false` for development over plain HTTP, also without `__Host-` names. */
  readonly cookieSecure: boolean
}

const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])

const origin = z.string().superRefine((text, { addIssue }) => {
  const message = originFault(text)
  if (message !== undefined) addIssue({ code: 'custom', message })
})

/** What an Android app sends in place of an origin. */
const androidApp = z.string().regex(/^android:apk-key-hash:[\w-]{43}$/)

export const authSettings: SettingRows<AuthSettings> = {
  issuer: {
    about: "'iss' of access tokens, written into new ones and required of all",
    unit: 'URL',
    schema: z.string().min(1),
  },
  audience: {
    about: "'aud' of access tokens, written into new ones and required of all",
    unit: 'NAMES',
    schema: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  },
  accessTokenSeconds: {
    about: 'Lifetime of an access token',
    unit: 'SECONDS',
    schema: seconds,
    default: 15 * 60,
  },
  leewaySeconds: {
    about: 'Tolerated difference between the clocks of nodes, 0 to 600',
    unit: 'SECONDS',
    schema: z.number().min(0).max(600),
    default: 5,
  },
  refreshTokenSeconds: {
    about: 'Idle lifetime of a session: it ends after this time without a refresh',
    unit: 'SECONDS',
    schema: seconds,
    default: 30 * 24 * 60 * 60,
  },
  sessionSeconds: {
    about: 'Maximum lifetime of a session',
    unit: 'SECONDS',
    schema: seconds,
    default: 90 * 24 * 60 * 60,
  },
  sessionsPerUser: {
    about: 'Maximum sessions per user, 1 to 10000; one more ends the least recently used',
    unit: 'NUMBER',
    schema: z.int().min(1).max(10_000),
    default: 100,
  },
  refreshGraceSeconds: {
    about: 'Grace period in which a just-rotated refresh token returns the current token',
    unit: 'SECONDS',
    schema: z.int().min(0).max(300),
    default: 10,
  },
  revocationMaxAgeSeconds: {
    about: 'Maximum age of the in-memory revocation list',
    unit: 'SECONDS',
    schema: z.int().min(1).max(300),
    default: 5,
  },
  endedSessionSeconds: {
    about: 'Time from the end of a session to its deletion from the database',
    unit: 'SECONDS',
    schema: seconds,
    default: 30 * 24 * 60 * 60,
  },
  auditSeconds: {
    about: 'Time after which an audit event is deleted',
    unit: 'SECONDS',
    schema: seconds,
    default: 366 * 24 * 60 * 60,
  },
  emailSignIn: {
    about: 'Whether users may log in by a mailed link or code',
    unit: 'true|false',
    schema: z.boolean(),
    default: false,
  },
  requireVerifiedEmail: {
    about: 'Whether users log in only after verifying their e-mail address',
    unit: 'true|false',
    schema: z.boolean(),
    default: false,
  },
  mfaRoles: {
    about: 'Roles whose users log in only with a second factor',
    unit: 'NAMES',
    schema: z.array(z.string().min(1)),
    default: [],
  },
  trustedDeviceSeconds: {
    about: 'Time for which a trusted device needs no second factor; 0 turns that off',
    unit: 'SECONDS',
    schema: z.int().min(0).max(longestCookieSeconds),
    default: 30 * 24 * 60 * 60,
  },
  passkeyDomain: {
    about: 'Domain that passkeys belong to: that of the public URL by default, or a parent domain',
    unit: 'NAME',
    schema: z.hostname(),
  },
  passkeyOrigins: {
    about: 'Origins whose pages may ask for passkeys; by default that of the public URL and the CORS origins',
    unit: 'ORIGINS',
    schema: z.array(z.union([androidApp, origin])),
  },
  registration: {
    about: 'Whether users may create accounts themselves',
    unit: 'open|closed',
    schema: z.enum(['open', 'closed']),
    default: 'open',
  },
  trustProxy: {
    about: 'Number of proxies in front, or their networks',
    unit: 'HOPS|NETWORKS',
    schema: z.union(
      [z.int().min(0).max(100), z.array(network)],
      'must be a number from 0 to 100, or networks such as 10.0.0.0/8',
    ),
    default: 0,
  },
  corsOrigins: {
    about: 'Origins whose pages may call the routes, such as https://app.example',
    unit: 'ORIGINS',
    schema: z.array(origin),
    default: [],
    formerSetting: 'corsOrigin',
  },
  cookieSecure: {
    about: "'Secure' attribute of cookies; 'false' for development over plain HTTP",
    unit: 'true|false',
    schema: z.boolean(),
    default: true,
  },
}
