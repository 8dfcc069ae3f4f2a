import { z } from 'zod'
import { type PageSettings, pageSettings } from '../../accounts/page-settings.ts'
import {
  type LimitOptions,
  limitSettings,
  type PasswordSettings,
  passwordSettings,
} from '../../accounts/passwords/options.ts'
import { type AuthSettings, authSettings } from '../../accounts/settings.ts'
import { coreSettings, publicUrl } from '../../core/settings/options.ts'
import type { SettingRow, SettingRows, Unit } from '../../core/settings/setting.ts'
import { type KeySettings, keySecrets, keySettings } from '../../keys/options.ts'
import { type MailSettings, mailSettings } from '../../mail/options.ts'
import { valkeyMistakes } from '../../store/valkey.ts'
import { databaseMistakes } from './addresses.ts'
import { checked, host } from './setting-schemas.ts'

/** Settings that only the server has, and those that it restricts further. */
interface ServerSettings {
  readonly host: string
  readonly port: number
  readonly workers: number
  readonly keepAliveSeconds: number
  readonly shutdownDelaySeconds: number
  readonly database: string
  readonly valkey?: string
  readonly encryptionSecret?: string
  readonly encryptionSecretFile?: string
  readonly previousEncryptionSecret?: string
  readonly previousEncryptionSecretFile?: string
  readonly issuer?: string
  readonly audience: string | readonly string[]
  readonly pages: string
  readonly provider?: readonly string[]
  readonly logLevel: string
}

/** The values of all settings as the program uses them. A value is absent if it was not set and has no default. */
export interface Values
  extends ServerSettings,
    KeySettings,
    Omit<AuthSettings, 'issuer' | 'audience'>,
    PasswordSettings,
    Pick<LimitOptions, keyof typeof limitSettings>,
    MailSettings,
    PageSettings {}

/** The names under which values were found: `--port`, `HALLPASS_PORT`, or a former name. */
export type Labels = Partial<Record<keyof Values, string>>

/** How a value is set: by a flag, by `HALLPASS_…` in the environment, or in `.env`. */
export interface Setting extends Pick<SettingRow<unknown>, 'about' | 'unit'> {
  readonly name: keyof Values
  /** `--access-token-seconds` */
  readonly flag: string
  /** `HALLPASS_ACCESS_TOKEN_SECONDS` */
  readonly variable: string
  /** In the form in which it would be written. */
  readonly default: string | undefined
  readonly isSecret: boolean
  /** Its name in 0.1.0, if that was different. */
  readonly former: { readonly name: string; readonly flag: string; readonly variable: string } | undefined
}

const anyText = z.string()

const serverSettings = {
  host: { about: 'Address to listen on', unit: 'ADDRESS', schema: host, default: '127.0.0.1' },
  port: {
    about: 'Port to listen on; 0 picks a free one',
    unit: 'NUMBER',
    schema: z.int().min(0).max(65_535),
    default: 3000,
  },
  workers: {
    about: 'Worker processes that share the port; use one per CPU',
    unit: 'NUMBER',
    schema: z.int().min(1).max(256),
    default: 1,
  },
  keepAliveSeconds: {
    about: 'Keep-alive of idle connections; set it longer than that of the proxy in front',
    unit: 'SECONDS',
    schema: z.int().min(1).max(3600),
    default: 80,
  },
  shutdownDelaySeconds: {
    about: 'Time between SIGTERM, when readiness checks start to fail, and closing the port',
    unit: 'SECONDS',
    schema: z.int().min(0).max(3600),
    default: 0,
  },
  database: { ...coreSettings.database, schema: checked(databaseMistakes), default: 'sqlite:hallpass.db' },
  valkey: { ...coreSettings.valkey, schema: checked(valkeyMistakes) },
  // Secrets are checked together with their files.
  encryptionSecret: { ...keySecrets.encryptionSecret, schema: anyText },
  encryptionSecretFile: {
    about: 'File that contains the encryption secret',
    unit: 'PATH',
    schema: anyText,
    formerSetting: 'secretFile',
  },
  previousEncryptionSecret: { ...keySecrets.previousEncryptionSecret, schema: anyText },
  previousEncryptionSecretFile: {
    about: 'File that contains the previous encryption secret',
    unit: 'PATH',
    schema: anyText,
    formerSetting: 'secretPreviousFile',
  },
  issuer: {
    ...authSettings.issuer,
    about: "Public URL of this server, and the 'iss' of its tokens",
    schema: publicUrl,
  },
  audience: { ...authSettings.audience, default: 'hallpass' },
  pages: { ...pageSettings.pages, default: '/' },
  provider: {
    about:
      'Identity provider that users can sign in with, and the JSON file that describes it, such as google=google.json',
    unit: 'NAME=FILE',
    schema: z.array(z.string().regex(/^[^=]+=./, 'must be a name and a file, such as google=google.json')),
  },
  logLevel: {
    about: 'Log level: fatal, error, warn, info, debug or silent',
    unit: 'LEVEL',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    default: 'info',
  },
} as const satisfies SettingRows<ServerSettings>

const { logLevel, pages, provider, ...first } = serverSettings

/** One row for each value. Those that are also options of `createAuth` use the rows of its tables. */
export const table: SettingRows<Values> = {
  ...first,
  ...keySettings,
  ...authSettings,
  ...passwordSettings,
  ...limitSettings,
  ...mailSettings,
  ...pageSettings,
  issuer: first.issuer,
  audience: first.audience,
  pages,
  provider,
  logLevel,
}

/** Units whose values are lists: their flags can be repeated. */
export const lists: ReadonlySet<Unit> = new Set(['HOPS|NETWORKS', 'NAME=FILE', 'NAMES', 'ORIGINS'])

/** Every setting, for the help, the documents and the tests. */
export const settings: readonly Setting[] = Object.entries<SettingRow<unknown>>(table).map(
  ([name, { about, unit, default: standard, isSecret = false, formerSetting }]) => ({
    name: name as keyof Values,
    flag: flagOf(name),
    variable: variableOf(name),
    unit,
    about: lists.has(unit) ? `${about}; separate several with commas` : about,
    default: standard === undefined ? undefined : String(standard) || undefined,
    isSecret,
    former: formerSetting === undefined ? undefined : spellingsOf(formerSetting),
  }),
)

function spellingsOf(name: string): NonNullable<Setting['former']> {
  return { name, flag: flagOf(name), variable: variableOf(name) }
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

export function variableOf(name: string): string {
  return `HALLPASS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
