import { z } from 'zod'
import { authDefaults, origin } from '../accounts/options.ts'
import { type AlgorithmName, algorithms, isAlgorithmName } from '../token/algorithms.ts'
import { databaseMistakes, valkeyMistakes } from './addresses.ts'
import { checked, decade, host, list, networks, number, text } from './setting-schemas.ts'

/** What can be set, as the program uses it. Absent where it was not set and has no default. */
export interface Values {
  readonly host: string
  readonly port: number
  readonly workers: number
  readonly keepAliveSeconds: number
  readonly shutdownDelaySeconds: number
  readonly database: string
  readonly valkey?: string
  readonly secret?: string
  readonly secretFile?: string
  readonly secretPrevious?: string
  readonly secretPreviousFile?: string
  readonly algorithm: AlgorithmName
  readonly keyRotationSeconds: number
  readonly jwksMaxAgeSeconds: number
  readonly issuer?: string
  readonly audience: readonly string[]
  readonly accessTokenSeconds: number
  readonly leewaySeconds: number
  readonly refreshTokenSeconds: number
  readonly sessionSeconds: number
  readonly sessionsPerUser: number
  readonly refreshGraceSeconds: number
  readonly revocationMaxAgeSeconds: number
  readonly endedSessionSeconds: number
  readonly auditSeconds: number
  readonly registration: 'open' | 'closed'
  readonly passwordMinLength: number
  readonly attemptsPerAccount: number
  readonly attemptsPerAddress: number
  readonly trustProxy: number | readonly string[]
  readonly corsOrigin?: readonly string[]
  readonly cookieSecure: boolean
  readonly logLevel: string
}

/** How one of the values is set: by a flag, by `HALLPASS_…` in the environment, or in `.env`. */
export interface Setting {
  readonly name: keyof Values
  /** `--access-token-seconds` */
  readonly flag: string
  /** `HALLPASS_ACCESS_TOKEN_SECONDS` */
  readonly variable: string
  /** What the help shows for the value. */
  readonly value: string
  readonly about: string
  /** As it would be written. */
  readonly default: string | undefined
  /** Whoever may list processes reads their arguments: a secret is none of them. */
  readonly isSecret: boolean
}

/** How a value is written. */
export interface Entry<Value> {
  readonly value: string
  readonly about: string
  readonly default?: string
  readonly schema: z.ZodType<Value>
}

/** One row for each value: what may be written for it, and what that means. */
export const table: { readonly [Name in keyof Values]-?: Entry<Exclude<Values[Name], undefined>> } = {
  host: {
    value: 'ADDRESS',
    about: 'Address to listen on',
    default: '127.0.0.1',
    schema: host,
  },
  port: { value: 'NUMBER', about: 'Port to listen on; 0 picks a free one', default: '3000', schema: number(0, 65_535) },
  workers: {
    value: 'NUMBER',
    about: 'Worker processes that share the port; use one per CPU',
    default: '1',
    schema: number(1, 256),
  },
  keepAliveSeconds: {
    value: 'SECONDS',
    about: 'Keep-alive of idle connections; set it longer than that of the proxy in front',
    default: '80',
    schema: number(1, 3600),
  },
  shutdownDelaySeconds: {
    value: 'SECONDS',
    about: 'Time between SIGTERM, when readiness checks start to fail, and closing the port',
    default: '0',
    schema: number(0, 3600),
  },
  database: {
    value: 'URL',
    about: "Address of the database: 'sqlite:' and a path, or 'postgres://…'",
    default: 'sqlite:hallpass.db',
    schema: checked(databaseMistakes),
  },
  valkey: {
    value: 'URL',
    about: "Valkey or Redis for counters and change notifications, 'redis://…'",
    schema: checked(valkeyMistakes),
  },
  secret: { value: 'TEXT', about: 'Secret that encrypts the signing keys, at least 32 random bytes', schema: text },
  secretFile: { value: 'PATH', about: 'File that contains the secret', schema: text },
  secretPrevious: { value: 'TEXT', about: "Previous secret, until 'hallpass keys rewrap' has run", schema: text },
  secretPreviousFile: { value: 'PATH', about: 'File that contains the previous secret', schema: text },
  algorithm: {
    value: 'NAME',
    about: 'Signature algorithm: ES256, EdDSA, RS256, ML-DSA-44, HS256 and others',
    default: 'ES256',
    schema: z.custom<AlgorithmName>(isAlgorithmName, `must be one of ${Object.keys(algorithms).join(', ')}`),
  },
  keyRotationSeconds: {
    value: 'SECONDS',
    about: 'Time after which the next signing key takes over',
    default: '7776000',
    schema: number(60, decade),
  },
  jwksMaxAgeSeconds: {
    value: 'SECONDS',
    about: 'How long services may cache the public keys',
    default: '300',
    schema: number(1, 86_400),
  },
  issuer: {
    value: 'URL',
    about: 'Public URL of this server, and the iss of its tokens',
    schema: z.url('must be an address such as https://id.example'),
  },
  audience: { value: 'NAMES', about: 'aud of the tokens, separated by commas', default: 'hallpass', schema: list },
  accessTokenSeconds: {
    value: 'SECONDS',
    about: 'Lifetime of an access token',
    default: `${authDefaults.accessTokenSeconds}`,
    schema: number(1, decade),
  },
  leewaySeconds: {
    value: 'SECONDS',
    about: 'Tolerated difference between the clocks of nodes, 0 to 600',
    default: `${authDefaults.leewaySeconds}`,
    schema: number(0, 600),
  },
  refreshTokenSeconds: {
    value: 'SECONDS',
    about: 'Idle lifetime of a session: it ends after this time without a refresh',
    default: `${authDefaults.refreshTokenSeconds}`,
    schema: number(1, decade),
  },
  sessionSeconds: {
    value: 'SECONDS',
    about: 'Maximum lifetime of a session',
    default: `${authDefaults.sessionSeconds}`,
    schema: number(1, decade),
  },
  sessionsPerUser: {
    value: 'NUMBER',
    about: 'Maximum sessions per user, 1 to 10000; one more ends the least recently used',
    default: `${authDefaults.sessionsPerUser}`,
    schema: number(1, 10_000),
  },
  refreshGraceSeconds: {
    value: 'SECONDS',
    about: 'Grace period in which a just-rotated refresh token returns the same new token',
    default: `${authDefaults.refreshGraceSeconds}`,
    schema: number(0, 300),
  },
  revocationMaxAgeSeconds: {
    value: 'SECONDS',
    about: 'Maximum age of the in-memory revocation list',
    default: `${authDefaults.revocationMaxAgeSeconds}`,
    schema: number(1, 300),
  },
  endedSessionSeconds: {
    value: 'SECONDS',
    about: 'Time after its end when a session is deleted from the database',
    default: `${authDefaults.endedSessionSeconds}`,
    schema: number(1, decade),
  },
  auditSeconds: {
    value: 'SECONDS',
    about: 'Time after which an audit event is deleted',
    default: `${authDefaults.auditSeconds}`,
    schema: number(1, decade),
  },
  registration: {
    value: 'open|closed',
    about: 'Whether users may create accounts themselves',
    default: authDefaults.registration,
    schema: z.enum(['open', 'closed']),
  },
  passwordMinLength: {
    value: 'NUMBER',
    about: 'Minimum password length, 8 to 64',
    default: '8',
    schema: number(8, 64),
  },
  attemptsPerAccount: {
    value: 'NUMBER',
    about: 'Failed logins per account and day before the next attempt is delayed',
    default: '10',
    schema: number(1, 100_000),
  },
  attemptsPerAddress: {
    value: 'NUMBER',
    about: 'Failed logins per address in ten minutes before the next attempt is delayed',
    default: '100',
    schema: number(1),
  },
  trustProxy: {
    value: 'HOPS|NETWORKS',
    about: 'Number of proxies in front, or their networks separated by commas',
    default: '0',
    schema: z.union([number(0, 100), networks], 'must be a number from 0 to 100, or networks such as 10.0.0.0/8'),
  },
  corsOrigin: {
    value: 'ORIGINS',
    about: 'Origins whose pages may call the API, such as https://app.example, separated by commas',
    schema: list.pipe(z.array(origin)),
  },
  cookieSecure: {
    value: 'true|false',
    about: 'Secure attribute of cookies; false for development over plain HTTP',
    default: 'true',
    schema: z.enum(['true', 'false']).transform((word) => word === 'true'),
  },
  logLevel: {
    value: 'LEVEL',
    about: 'Log level: fatal, error, warn, info, debug or silent',
    default: 'info',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
  },
}

/** Every setting, for the help, the documents and the tests. */
export const settings: readonly Setting[] = Object.entries(table).map(([name, entry]) => ({
  name: name as keyof Values,
  flag: flagOf(name),
  variable: variableOf(name),
  value: entry.value,
  about: entry.about,
  default: entry.default,
  isSecret: name === 'secret' || name === 'secretPrevious',
}))

export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

export function variableOf(name: string): string {
  return `HALLPASS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
