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
  port: { value: 'NUMBER', about: 'Port to listen on; 0 takes a free one', default: '3000', schema: number(0, 65_535) },
  workers: {
    value: 'NUMBER',
    about: 'Processes that share the port, one for each processor it may have',
    default: '1',
    schema: number(1, 256),
  },
  keepAliveSeconds: {
    value: 'SECONDS',
    about: 'An idle connection is kept for this long: longer than the proxy in front keeps it',
    default: '80',
    schema: number(1, 3600),
  },
  shutdownDelaySeconds: {
    value: 'SECONDS',
    about: 'On SIGTERM, not ready for this long before the port is closed',
    default: '0',
    schema: number(0, 3600),
  },
  database: {
    value: 'URL',
    about: "'sqlite:' and a path, or 'postgres://…'",
    default: 'sqlite:hallpass.db',
    schema: checked(databaseMistakes),
  },
  valkey: {
    value: 'URL',
    about: "Valkey or Redis for counters and word of changes, 'redis://…'",
    schema: checked(valkeyMistakes),
  },
  secret: { value: 'TEXT', about: 'Secret that encrypts the signing keys, 32 random bytes or more', schema: text },
  secretFile: { value: 'PATH', about: 'File that holds the secret', schema: text },
  secretPrevious: { value: 'TEXT', about: 'Previous secret, until keys rewrap was run', schema: text },
  secretPreviousFile: { value: 'PATH', about: 'File that holds the previous secret', schema: text },
  algorithm: {
    value: 'NAME',
    about: 'What tokens are signed with: ES256, EdDSA, RS256, ML-DSA-44, HS256 and others',
    default: 'ES256',
    schema: z.custom<AlgorithmName>(isAlgorithmName, `must be one of ${Object.keys(algorithms).join(', ')}`),
  },
  keyRotationSeconds: {
    value: 'SECONDS',
    about: 'A signing key signs for so long',
    default: '7776000',
    schema: number(60, decade),
  },
  jwksMaxAgeSeconds: {
    value: 'SECONDS',
    about: 'Others may keep a copy of the public keys for so long',
    default: '300',
    schema: number(1, 86_400),
  },
  issuer: {
    value: 'URL',
    about: 'Address of this service as others know it, and iss of the tokens',
    schema: z.url('must be an address such as https://id.example'),
  },
  audience: { value: 'NAMES', about: 'aud of the tokens, several with commas', default: 'hallpass', schema: list },
  accessTokenSeconds: {
    value: 'SECONDS',
    about: 'Life of an access token',
    default: `${authDefaults.accessTokenSeconds}`,
    schema: number(1, decade),
  },
  leewaySeconds: {
    value: 'SECONDS',
    about: 'How far the clocks of nodes may differ, 0 to 600',
    default: `${authDefaults.leewaySeconds}`,
    schema: number(0, 600),
  },
  refreshTokenSeconds: {
    value: 'SECONDS',
    about: 'A session that is not used ends after this',
    default: `${authDefaults.refreshTokenSeconds}`,
    schema: number(1, decade),
  },
  sessionSeconds: {
    value: 'SECONDS',
    about: 'Every session ends after this',
    default: `${authDefaults.sessionSeconds}`,
    schema: number(1, decade),
  },
  sessionsPerUser: {
    value: 'NUMBER',
    about: 'Sessions that a user may have, 1 to 10000: one more ends the least recently used',
    default: `${authDefaults.sessionsPerUser}`,
    schema: number(1, 10_000),
  },
  refreshGraceSeconds: {
    value: 'SECONDS',
    about: 'A spent refresh token gets the same successor for so long',
    default: `${authDefaults.refreshGraceSeconds}`,
    schema: number(0, 300),
  },
  revocationMaxAgeSeconds: {
    value: 'SECONDS',
    about: 'What is in memory of revocations is relied on for so long',
    default: `${authDefaults.revocationMaxAgeSeconds}`,
    schema: number(1, 300),
  },
  endedSessionSeconds: {
    value: 'SECONDS',
    about: 'A session is removed so long after its end',
    default: `${authDefaults.endedSessionSeconds}`,
    schema: number(1, decade),
  },
  auditSeconds: {
    value: 'SECONDS',
    about: 'An audit event is removed after this',
    default: `${authDefaults.auditSeconds}`,
    schema: number(1, decade),
  },
  registration: {
    value: 'open|closed',
    about: 'Whether anybody may make an account',
    default: authDefaults.registration,
    schema: z.enum(['open', 'closed']),
  },
  passwordMinLength: { value: 'NUMBER', about: 'Shortest password, 8 to 64', default: '8', schema: number(8, 64) },
  attemptsPerAccount: {
    value: 'NUMBER',
    about: 'Wrong passwords for one account in a day before the next has to wait',
    default: '10',
    schema: number(1, 100_000),
  },
  attemptsPerAddress: {
    value: 'NUMBER',
    about: 'Wrong passwords from one address in ten minutes before the next has to wait',
    default: '100',
    schema: number(1),
  },
  trustProxy: {
    value: 'HOPS|NETWORKS',
    about: 'Proxies in front: how many, or their networks with commas',
    default: '0',
    schema: z.union([number(0, 100), networks], 'must be a number, at most 100, or networks such as 10.0.0.0/8'),
  },
  corsOrigin: {
    value: 'ORIGINS',
    about: 'Sites whose pages may call, such as https://app.example, several with commas',
    schema: list.pipe(z.array(origin)),
  },
  cookieSecure: {
    value: 'true|false',
    about: 'false for development over plain HTTP',
    default: 'true',
    schema: z.enum(['true', 'false']).transform((word) => word === 'true'),
  },
  logLevel: {
    value: 'LEVEL',
    about: 'fatal, error, warn, info, debug or silent',
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
