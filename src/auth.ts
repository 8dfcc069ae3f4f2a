/// <reference types="node" preserve="true" />
import { type AuthOptions, settle } from './accounts/options.ts'
import { type Auth, assembleAuth } from './assemble.ts'

export { type Accounts, openAccounts } from './accounts/accounts.ts'
export type { ProviderOptions, ProvidersOptions } from './accounts/identities/options.ts'
export type { PresetName } from './accounts/identities/providers/presets.ts'
export type { AccountsOptions, AuthOptions } from './accounts/options.ts'
export type { LimitOptions, PasswordOptions } from './accounts/passwords/options.ts'
export type { Clients } from './accounts/services/clients.ts'
export type { Sessions } from './accounts/sessions/sessions.ts'
export type { Factor, Factors } from './accounts/users/factors.ts'
export type { ImportOutcome } from './accounts/users/import/import-users.ts'
export type { ImportedUser } from './accounts/users/import/imported-user.ts'
export type { ImportedIdentity, ImportedWays } from './accounts/users/import/imported-ways.ts'
export type { OneTimeLink, UserDetails } from './accounts/users/recovery.ts'
export type { UserId } from './accounts/users/user-id.ts'
export type { Users } from './accounts/users/users.ts'
export type { Auth } from './assemble.ts'
export type { PageOptions } from './core/page.ts'
export { type MemberFault, RequestError, type RequestErrorCode } from './errors.ts'
export type { CurrentSession } from './in-process/current-session.ts'
export type {
  LoginCredentials,
  RefreshedSession,
  StartedSession,
  StartSessionOptions,
} from './in-process/in-process.ts'
export type { RequestHeaders } from './in-process/request-headers.ts'
export type { KeyRing } from './keys/key-ring.ts'
export type { KeyRingOptions } from './keys/options.ts'
export type { Mail, Mails } from './mail/mails.ts'
export type { MailMessage, SendMail } from './mail/message.ts'
export type { MailParams, TemplateName } from './mail/templates/params.ts'
export type { MailLocale, MailTemplates, MailText, TemplatedMail } from './mail/templates/render.ts'
export type { FetchHandler } from './routes/handler.ts'
export type { RouteEnv } from './routes/http/endpoint.ts'
export type { AuditEvent, AuditEventName } from './store/audit.ts'
export type { RegisteredClient } from './store/clients.ts'
export type { Identity } from './store/identities.ts'
export type { KeyState, SigningKey } from './store/keys/signing-keys.ts'
export type { MailState } from './store/mails.ts'
export type { Session, SessionPage } from './store/sessions/sessions.ts'
export type { User } from './store/users/users.ts'

/**
 * Opens accounts inside your app: opens and migrates the database, and loads the revocations.
 * @throws {ConfigurationError} `option_invalid` with every mistake at once, `key_*`, `database_*`, `package_missing`
 * @example
 * const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
 * app.route('/auth', auth.routes)
 * app.get('/protected', jwtRequired(auth.jwt), handler)
 */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  return assembleAuth(settle(options))
}
