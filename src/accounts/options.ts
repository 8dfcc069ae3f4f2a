import { z } from 'zod'
import { parseAs } from '../core/input/parse-as.ts'
import { harmless, warn } from '../core/listener.ts'
import { renamingsOf, withPresentNames } from '../core/settings/former-options.ts'
import { type CoreOptions, coreOptions, coreSettings, functionSchema, publicUrl } from '../core/settings/options.ts'
import { defaultsOf, given, type OptionRow, type OptionRows, schemasOf } from '../core/settings/setting.ts'
import { ConfigurationError } from '../errors.ts'
import { type KeyRingOptions, type KeyRingSettings, keyRingSchema, keySecrets, keySettings } from '../keys/options.ts'
import {
  baseOf,
  type MailOptions,
  type MailSettings,
  mailOptions,
  mailProblems,
  mailSettings,
} from '../mail/options.ts'
import type { KeyMaterial } from '../token/keys/key-material.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { requireObject } from '../token/require-object.ts'
import { type AuthCookieOptions, cookieOptionNames, cookieOptionProblems } from './cookie-options.ts'
import { type ProvidersOptions, providersSchema } from './identities/options.ts'
import { type PageSettings, pageSettings } from './page-settings.ts'
import {
  hashingOptions,
  type LimitOptions,
  limitOptions,
  limitSettings,
  type PasswordOptions,
  type PasswordSettings,
  passwordSettings,
} from './passwords/options.ts'
import type { ClaimsFor } from './sessions/parts.ts'
import { type AuthSettings, authSettings } from './settings.ts'

/** Where accounts are stored, and how. */
export interface AccountsOptions extends CoreOptions, Partial<PasswordSettings> {
  /** How passwords are hashed. */
  readonly passwords?: Partial<PasswordOptions>
}

/** Options that only a program can pass. */
interface OwnOptions {
  /** HMAC secret that signs the tokens, at least 32 random bytes. Pass one of this, `keys` and `keyRing`. */
  readonly secret?: KeyMaterial | undefined
  /** Keys of any kind; the newest key signs. */
  readonly keys?: KeySet
  /** Keys that hallpass creates, stores in the database and rotates; services verify with the published ones. */
  readonly keyRing?: KeyRingOptions
  /** Public URL of this service: used in its metadata, and as `iss` if `issuer` is not set. `issuer` by default. */
  readonly url?: string
  /** Claims for each access token of a session, such as `scope`, or `roles` instead of the user's. None by default. */
  readonly claimsFor?: ClaimsFor
  /** Limits on failed logins, on registrations and on mails. */
  readonly limits?: Partial<LimitOptions>
  /** Other providers that users can sign in with, by the names that appear in their URLs. None by default. */
  readonly providers?: ProvidersOptions
  /**
   * Called with a server error, of which the client sees only the code. Logs to the console by default. If it fails itself,
   * that becomes a process warning.
   */
  readonly onError?: (error: unknown, request: Request) => void
}

/** Accounts, and the tokens and routes for them. Also takes the cookie options of a `JwtManager`. */
export interface AuthOptions
  extends AccountsOptions,
    OwnOptions,
    Partial<AuthSettings>,
    Partial<MailSettings>,
    Partial<PageSettings>,
    MailOptions,
    AuthCookieOptions {}

/** Options under their current names, with every default filled in. */
export interface Settled
  extends Omit<AuthOptions, 'keyRing' | keyof Listeners | keyof AuthSettings | keyof MailSettings | keyof PageSettings>,
    Listeners,
    AuthSettings,
    MailSettings,
    PageSettings {
  readonly keyRing?: KeyRingSettings
}

/** The listeners of the application. Once settled, they neither throw nor return a promise that rejects. */
type Listeners = Required<Pick<AuthOptions, 'onEvent' | 'onError' | 'onFault'>>

/** The defaults. */
export const authDefaults: AuthSettings & PasswordSettings & MailSettings & PageSettings = {
  ...defaultsOf<AuthSettings>(authSettings),
  ...defaultsOf<PasswordSettings>(passwordSettings),
  ...defaultsOf<MailSettings>(mailSettings),
  ...defaultsOf<PageSettings>(pageSettings),
}

const authOptions: OptionRows<Omit<OwnOptions, GroupName>> = {
  secret: {
    about: 'HMAC secret that signs the tokens, at least 32 random bytes',
    // The key itself is checked when it is made.
    schema: z.custom<KeyMaterial>(),
  },
  keys: { about: "A 'KeySet'; the newest key signs", schema: z.instanceof(KeySet) },
  url: {
    about: "Public URL of this service: used in its metadata, and as 'iss' if 'issuer' is not set",
    schema: publicUrl,
  },
  claimsFor: {
    about: "Claims for each access token of a session, such as 'scope', or 'roles' instead of the user's",
    schema: functionSchema(),
  },
  onError: { about: 'Called with a server error and its request', schema: functionSchema() },
}

type GroupName = 'keyRing' | 'passwords' | 'limits' | 'providers'

/** Options that have options of their own. */
const groups: Readonly<Record<GroupName, OptionRow<unknown>>> = {
  keyRing: { about: 'Keys that hallpass creates, stores in the database and rotates', schema: keyRingSchema },
  passwords: { about: 'The cost of argon2id', schema: z.strictObject(schemasOf(hashingOptions)) },
  providers: { about: 'Other providers that users sign in with', schema: providersSchema },
  limits: {
    about: 'Limits on failed logins, on registrations and on mails',
    schema: z.strictObject(schemasOf({ ...limitSettings, ...limitOptions })),
  },
}

/** Every option except those for cookies, which belong to `JwtManager`. The documents are compared with these rows. */
export const optionRows: Readonly<Record<string, OptionRow<unknown>>> = {
  ...coreSettings,
  ...coreOptions,
  ...authOptions,
  ...groups,
  ...authSettings,
  ...passwordSettings,
  ...mailSettings,
  ...mailOptions,
  ...pageSettings,
}

const schema = z.strictObject({
  ...schemasOf(optionRows),
  database: coreSettings.database.schema,
  ...Object.fromEntries(cookieOptionNames.map((name) => [name, z.unknown().optional()])),
})

const renamings = [...renamingsOf(passwordSettings), ...renamingsOf({ ...keySecrets, ...keySettings }, 'keyRing')]

/**
 * Checks options and fills in the defaults. `onFault` is called for each option that has a former name.
 * @throws {ConfigurationError} `option_invalid`, naming every mistake at once
 */
export function settle(written: AuthOptions): Settled {
  const renamed = withPresentNames({ ...requireObject('options', written) }, renamings)
  const options = renamed.options as Partial<Settled>
  const { faults = [] } = parseAs(schema, options)
  const ways = (['secret', 'keys', 'keyRing'] as const).filter((name) => options[name] !== undefined)
  const mistakes = [
    ...(ways.length > 1 ? [`${ways.join(', ')}: pass only one of them`] : []),
    ...renamed.mistakes,
    ...faults.map(({ member, msg }) => `${member || 'options'}: ${msg}`),
    ...cookieOptionProblems(options),
    ...mailProblems(options),
    ...providerProblems(options),
  ]
  if (mistakes.length > 0) throw new ConfigurationError('option_invalid', mistakes.join('; '))
  const settled = { ...authDefaults, ...given(options), ...settledListeners(options) } as Settled
  for (const notice of renamed.notices) settled.onFault(deprecation(notice))
  return settled
}

function settledListeners({ onEvent = ignore, onError = logToConsole, onFault = warn }: Partial<Listeners>): Listeners {
  return { onEvent: harmless(onEvent), onError: harmless(onError), onFault: harmless(onFault) }
}

function ignore(): void {}

function logToConsole(error: unknown): void {
  console.error(error)
}

/**
 * The `Host` of a request cannot be trusted, so the URL that a provider sends the browser back to must be configured.
 */
function providerProblems({ providers = {}, url, issuer }: Partial<Settled>): string[] {
  if (Object.keys(providers).length === 0 || baseOf({ url, issuer }) !== undefined) return []
  return ['providers: set url, the public URL of this service, which providers send browsers back to']
}

/** A process warning, which `--no-deprecation` silences like Node's own. */
function deprecation(message: string): Error {
  return Object.assign(new Error(message), { name: 'DeprecationWarning' })
}
