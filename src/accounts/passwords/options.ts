import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { defaultsOf, type OptionRows, type SettingRows } from '../../core/settings/setting.ts'
import { mostAttempts } from './limits/tries.ts'

/** How passwords are hashed. */
export interface HashingOptions {
  /** Memory of one hash. 19,456 (19 MiB) by default, as OWASP recommends with two passes. */
  readonly memoryKiB: number
  /** 2 by default: about 10 ms with the memory above. */
  readonly passes: number
  /** 1 by default. */
  readonly parallelism: number
  /**
   * Concurrent hashes. By default twice the number of threads for them, which is 4, or the number of processors if that is
   * lower: a thread that is done finds the next hash waiting. Only hashes with a thread use memory.
   */
  readonly hashesAtOnce: number
  /**
   * Size of the queue. If it is full, the client with the most waiting hashes is rejected: a single client can fill it without
   * taking from others. 256 by default, about a second's work.
   */
  readonly hashQueue: number
}

/** How passwords are hashed. */
export interface PasswordOptions extends HashingOptions {
  /** @deprecated Renamed to `passwordMinLength` of `createAuth`. */
  readonly minLength: number
}

/** Which passwords are rejected. */
export interface PasswordSettings {
  /** Minimum password length, 8 to 64 characters. 8 by default; use 15 if passwords are the only protection (NIST SP 800-63B-4). */
  readonly passwordMinLength: number
}

/** How many failed logins a client has before the next attempt is delayed. */
interface LimitSettings {
  /** Failed logins per account and day before the next attempt is delayed. 10 by default, 100,000 at most. */
  readonly attemptsPerAccount: number
  /** Failed logins per IP address in ten minutes, whatever the account. 100 by default. */
  readonly attemptsPerAddress: number
}

/** How many mails can be requested for one e-mail address and purpose, and from one network. */
export interface MailLimitOptions {
  /** Mails per e-mail address, purpose and minute. 1 by default. */
  readonly mailsPerMinute: number
  /** Mails per e-mail address, purpose and hour. 5 by default. */
  readonly mailsPerHour: number
  /** Mails per e-mail address, purpose and day. 10 by default. */
  readonly mailsPerDay: number
  /** Mails that the clients of one network request in an hour. 30 by default. */
  readonly mailsPerNetwork: number
}

/** Limits on failed logins, on registrations and on mails. */
export interface LimitOptions extends LimitSettings, MailLimitOptions {
  /** Attempts beyond these limits are delayed, from one second up to this. 300 by default. */
  readonly longestDelaySeconds: number
  /** New accounts per IP address and hour. 3,000 by default. */
  readonly registrationsPerAddress: number
}

const count = z.int().min(1)

export const hashingOptions: OptionRows<HashingOptions> = {
  memoryKiB: { about: 'Memory of one hash', schema: z.int().min(64).max(1_048_576), default: 19_456 },
  passes: { about: 'Passes of one hash', schema: z.int().min(1).max(100), default: 2 },
  parallelism: { about: 'Lanes of one hash', schema: z.int().min(1).max(64), default: 1 },
  hashesAtOnce: {
    about: 'Concurrent hashes',
    schema: z.int().min(1).max(1024),
    default: 2 * Math.min(Number(process.env.UV_THREADPOOL_SIZE) || 4, availableParallelism()),
  },
  hashQueue: { about: 'Hashes that wait', schema: z.int().min(0), default: 256 },
}

export const passwordSettings: SettingRows<PasswordSettings> = {
  passwordMinLength: {
    about: 'Minimum password length, 8 to 64',
    unit: 'NUMBER',
    schema: z.int().min(8).max(64),
    default: 8,
    formerOption: 'passwords.minLength',
  },
}

export const limitSettings: SettingRows<LimitSettings> = {
  attemptsPerAccount: {
    about: 'Failed logins per account and day before the next attempt is delayed',
    unit: 'NUMBER',
    schema: count.max(mostAttempts),
    default: 10,
  },
  attemptsPerAddress: {
    about: 'Failed logins per IP address in ten minutes before the next attempt is delayed',
    unit: 'NUMBER',
    schema: count,
    default: 100,
  },
}

const mailLimitOptions: OptionRows<MailLimitOptions> = {
  mailsPerMinute: { about: 'Mails per e-mail address, purpose and minute', schema: count, default: 1 },
  mailsPerHour: { about: 'Mails per e-mail address, purpose and hour', schema: count, default: 5 },
  mailsPerDay: { about: 'Mails per e-mail address, purpose and day', schema: count, default: 10 },
  mailsPerNetwork: { about: 'Mails that clients of one network request per hour', schema: count, default: 30 },
}

export const limitOptions: OptionRows<Omit<LimitOptions, keyof LimitSettings>> = {
  ...mailLimitOptions,
  longestDelaySeconds: { about: 'The longest delay of an attempt', schema: count.max(86_400), default: 300 },
  registrationsPerAddress: { about: 'New accounts per IP address and hour', schema: count, default: 3000 },
}

export const limitDefaults: LimitOptions = { ...defaultsOf(limitSettings), ...defaultsOf(limitOptions) }
