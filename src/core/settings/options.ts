import { z } from 'zod'
import type { AuditEvent } from '../../store/audit.ts'
import type { OptionRows, SettingRows } from './setting.ts'

const tenYears = 10 * 366 * 24 * 60 * 60

/** The schema of a time in seconds. */
export const seconds: z.ZodInt = z.int().min(1).max(tenYears)

/** Where everything is stored, and who is notified. */
export interface CoreOptions {
  /** `sqlite:` and a path, `sqlite::memory:`, or `postgres://…`. */
  readonly database: string
  /** `redis://…` of a Valkey or Redis server, for counters and change notifications. None by default: the database does both. */
  readonly valkey?: string
  /** Called with every audit event, once its change is committed. If it throws or rejects, that becomes a process warning. */
  readonly onEvent?: (event: AuditEvent) => void
  /** The actor in the audit for changes that no client requested, such as `users.disable`. None by default. */
  readonly actor?: string
  /** Called when something fails outside of requests, such as a lost connection. A process warning by default. */
  readonly onFault?: (error: unknown) => void
  /**
   * Returns the time that this process uses, Unix seconds with a fraction: for tests. The database's clock by default.
   * Deletion and key rotation always use the database's clock.
   */
  readonly clock?: () => number
}

type CoreSettings = Partial<Pick<CoreOptions, 'database' | 'valkey'>>

export const coreSettings: SettingRows<CoreSettings> = {
  database: {
    about: "Address of the database: 'sqlite:' and a path, or 'postgres://…'",
    unit: 'URL',
    schema: z.string().min(1),
  },
  valkey: {
    about: "Valkey or Redis for counters and change notifications, 'redis://…'",
    unit: 'URL',
    schema: z.string().min(1),
  },
}

export const coreOptions: OptionRows<Partial<Omit<CoreOptions, keyof CoreSettings>>> = {
  onEvent: {
    about: 'Called with every audit event: who, when, from where, in which request',
    schema: functionSchema(),
  },
  actor: {
    about: "The actor in the audit for changes that no client requested, such as 'users.disable'",
    schema: z.string().min(1).max(128),
  },
  onFault: {
    about: 'Called when something fails outside of requests, such as a lost connection',
    schema: functionSchema(),
  },
  clock: {
    about: 'Returns Unix seconds, for tests: the time with which this process issues and checks tokens',
    schema: functionSchema(),
  },
}

/** The schema of a public URL: links begin with it, and its origin is that of the pages. */
export const publicUrl: z.ZodType<string> = z
  .string()
  .refine(isPublicUrl, 'must be an http or https URL without user, query and fragment, such as https://id.example')

/** Whether paths can be appended to a URL, and it can be the issuer of metadata (RFC 8414 section 2). */
export function isPublicUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#@\\]+(?:\/[^\s?#\\]*)?$/i.test(text) && URL.canParse(text)
}

/** The schema of a callback. */
export function functionSchema<Callback>(): z.ZodType<Callback> {
  return z.custom<Callback>((value) => typeof value === 'function', 'must be a function')
}
