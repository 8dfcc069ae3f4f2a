import type { Generated } from 'kysely'

/**
 * The tables, the same on both databases. Times are milliseconds since 1970; PostgreSQL returns them as text, and each
 * table's own file turns rows into objects. The row types share one file because those files import `Sql`, which
 * consists of all of them.
 */
export interface Tables {
  hallpass_users: UserRow
  hallpass_sessions: SessionRow
  hallpass_revocations: RevocationRow
  hallpass_token_lives: TokenLifeRow
  hallpass_clock: ClockRow
  hallpass_signing_keys: SigningKeyRow
  hallpass_clients: ClientRow
  hallpass_secrets: SecretRow
  hallpass_totp: TotpRow
  hallpass_recovery_codes: RecoveryCodeRow
  hallpass_passkeys: PasskeyRow
  hallpass_identities: IdentityRow
  hallpass_devices: DeviceRow
  hallpass_spent: SpentRow
  hallpass_mails: MailRow
  hallpass_audit: AuditRow
  hallpass_counters: CounterRow
  hallpass_migrations: MigrationRow
  hallpass_additive_migrations: MigrationRow
}

type Time = number | string

export interface UserRow {
  id: string
  /** As it was entered. */
  username: string
  /** Its normal form, which must be unique. */
  username_normal: string
  email: string | null
  /** Unique among proven addresses. */
  email_normal: string | null
  email_verified_at: Time | null
  /** Empty if there is none, which equals no hash. */
  password_hash: string
  /** The number of second factors that are set up. It is updated in the transaction that adds or removes one. */
  second_factors: Generated<number>
  /** Wrong codes since a second factor was last proven. After a hundred, no code is accepted. */
  wrong_factors: Generated<number>
  /**
   * 64 random bytes by which passkeys know the user (WebAuthn's user handle); null until the first one is registered.
   */
  webauthn_id: string | null
  /** A JSON array of strings. */
  roles: Generated<string>
  disabled_at: Time | null
  /** Odd while the user is disabled. It grows with each change. */
  standing: Generated<number>
  tokens_valid_after: Generated<Time>
  last_login_at: Time | null
  created_at: Time
  updated_at: Time
}

/** Columns that no login needs. They are read where they are used. */
type Aside = 'wrong_factors' | 'webauthn_id'

/**
 * All other columns, listed by name instead of `*`: a later version may add a column while this one has the statement
 * prepared.
 */
export const userColumns: readonly Exclude<keyof UserRow, Aside>[] = [
  'id',
  'username',
  'username_normal',
  'email',
  'email_normal',
  'email_verified_at',
  'password_hash',
  'second_factors',
  'roles',
  'disabled_at',
  'standing',
  'tokens_valid_after',
  'last_login_at',
  'created_at',
  'updated_at',
]

export interface SessionRow {
  id: string
  user_id: string
  /** Access tokens of an earlier generation are revoked. */
  generation: Generated<number>
  /** SHA-256 of the part that all refresh tokens of the session share. */
  family_hash: string
  /** SHA-256 of the valid refresh token, and of the previous one. */
  refresh_hash: string
  previous_hash: string | null
  previous_spent_at: Time | null
  /**
   * Earlier versions stored the valid refresh token here, encrypted under the previous one. It is no longer written.
   */
  sealed_successor: string | null
  /**
   * Refresh tokens spent shortly before the previous one, newest first: 16 characters of the hash, a dot, milliseconds,
   * a semicolon.
   */
  spends: Generated<string>
  /**
   * When the valid refresh token was issued a second time, because the first answer was lost. 0 if it was the previous
   * token that was issued a second time: then that one is not answered again.
   */
  recovered_at: Generated<Time | null>
  created_at: Time
  last_used_at: Time
  idle_expires_at: Time
  expires_at: Time
  user_agent: string | null
  address: string | null
  revoked_at: Time | null
  revoked_why: string | null
  /** A JSON array: how the user was authenticated (RFC 8176). */
  amr: Generated<string>
  /** The last time; null in sessions from before this column existed. */
  authenticated_at: Time | null
  /** When a second factor was last proven. */
  factor_at: Time | null
}

export const sessionColumns: readonly (keyof SessionRow)[] = [
  'id',
  'user_id',
  'generation',
  'family_hash',
  'refresh_hash',
  'previous_hash',
  'previous_spent_at',
  'sealed_successor',
  'spends',
  'recovered_at',
  'created_at',
  'last_used_at',
  'idle_expires_at',
  'expires_at',
  'user_agent',
  'address',
  'revoked_at',
  'revoked_why',
  'amr',
  'authenticated_at',
  'factor_at',
]

export interface RevocationRow {
  /** Increases with each entry. */
  seq: Generated<Time>
  /** As `stored-name.ts` writes it. */
  kind: string
  id: string
  /** Repeats the id if it is a token's, so that each token is revoked only once. */
  token_id: string | null
  /**
   * For a session, its generation; for a user, the time from which tokens are valid again, null if none ever are; for a
   * disabled user, the standing.
   */
  valid_from: Time | null
  /** When the entry may be deleted, by the database's clock. */
  expires_at: Time
}

/** A lifetime with which access tokens are signed. */
export interface TokenLifeRow {
  seconds: Time
  /** Since when revocations have been kept for tokens with this life. */
  since: Time
}

/** One row: when a process last read the database's clock. */
export interface ClockRow {
  id: number
  seen_at: Time
}

export interface SigningKeyRow {
  kid: string
  algorithm: string
  /** `next`, `active`, `retiring` or `gone`. */
  state: string
  /** The key, encrypted; null once it is gone. */
  sealed: string | null
  /** Which secret it is encrypted under. */
  sealed_under: string | null
  created_at: Time
  /** The key does not sign before this time, by which every cached copy of the published keys contains it. */
  signs_from: Time
  activated_at: Time | null
  retired_at: Time | null
  /** When the last token that it signed has expired. */
  verifies_until: Time | null
  revoked_at: Time | null
}

/** A service that can introspect and revoke tokens. */
export interface ClientRow {
  id: string
  name: string
  /** SHA-256. */
  secret_hash: string
  created_at: Time
}

/** A secret that is used once: a link, a code or both. Its row is deleted when it is used. */
export interface SecretRow {
  id: string
  /** The only thing that it can be used for. */
  purpose: string
  /** Whose it is: a user, an address, or the secret itself. Each owner has at most one per purpose. */
  owner: string
  user_id: string | null
  /** The address that it was sent to, in its normal form. */
  address: string | null
  /** SHA-256 of the purpose and the token. */
  secret_hash: string
  /** HMAC of the purpose, the owner and the code. */
  code_hash: string | null
  /** SHA-256 of the cookie of the browser that asked for it. */
  browser_hash: string | null
  /** What else belongs to it, encrypted. */
  sealed: string | null
  sealed_under: string | null
  /** How many codes were tried. */
  attempts: Generated<number>
  created_at: Time
  expires_at: Time
}

/** A secret of an authenticator app (RFC 6238). */
export interface TotpRow {
  id: string
  user_id: string
  name: string
  /** The secret, encrypted. */
  sealed: string
  sealed_under: string
  created_at: Time
  /** When its first code was entered; null until then, and the secret is no factor yet. */
  confirmed_at: Time | null
  /** The step of the last accepted code. Neither it nor an earlier one is accepted again. */
  last_step: Generated<Time>
  last_used_at: Time | null
}

export interface RecoveryCodeRow {
  user_id: string
  /** Argon2id, with the salt that the codes of a set share. */
  hash: string
  salt: string
  used_at: Time | null
}

/** A public key with which a person's device or password manager signs in (WebAuthn). Flags are 0 or 1. */
export interface PasskeyRow {
  id: string
  user_id: string
  /** The authenticator's name for it, base64url. */
  credential_id: string
  /** COSE, base64url. */
  public_key: string
  counter: Time
  /** When the counter last failed to increase. */
  counter_fell_at: Time | null
  /** A JSON array of strings. */
  transports: string
  /** The model of the authenticator; zeros if it does not say. */
  aaguid: string
  /** Whether it can be copied to other devices. It never changes. */
  backup_eligible: number
  /** Whether it has been copied. */
  backed_up: number
  /** Whether the person was verified when it was registered. */
  user_verified: number
  name: string
  created_at: Time
  last_used_at: Time | null
}

/** An account at another provider with which a user signs in, identified by issuer and subject. */
export interface IdentityRow {
  id: string
  user_id: string
  /** The provider's name in the settings. */
  provider: string
  issuer: string
  subject: string
  /** As the provider last reported it. */
  email: string | null
  email_verified: number
  /** The provider's tokens, encrypted, if they are kept. */
  sealed: string | null
  sealed_under: string | null
  created_at: Time
  last_used_at: Time | null
}

/** A browser that is not asked for a user's second factor until it expires. */
export interface DeviceRow {
  id: string
  user_id: string
  /** SHA-256. */
  secret_hash: string
  user_agent: string | null
  address: string | null
  created_at: Time
  last_used_at: Time
  /** It never moves. */
  expires_at: Time
}

/** A challenge that clients carry themselves, and that has been answered. */
export interface SpentRow {
  /** SHA-256. */
  hash: string
  expires_at: Time
}

/** A mail that is waiting to be sent, or was sent. */
export interface MailRow {
  id: string
  /** Null for a decoy, which is not sent. */
  recipient: string | null
  template: string
  locale: string
  /** The parameters of the template, encrypted; null once the mail is sent or given up. */
  sealed: string | null
  sealed_under: string | null
  attempts: Generated<number>
  /** When it is tried next; null once it is sent or given up. */
  next_at: Time | null
  /** Until this time, no other node takes it. */
  claimed_until: Time | null
  created_at: Time
  sent_at: Time | null
  /** When it was given up. */
  failed_at: Time | null
  /** What the mail server last answered. */
  error: string | null
}

export interface AuditRow {
  id: string
  at: Time
  event: string
  user_id: string | null
  session_id: string | null
  address: string | null
  user_agent: string | null
  request_id: string | null
  /** Who did it, if it was not a user over the network. */
  actor: string | null
  /** A JSON object. */
  details: string
}

/** As rate-limiter-flexible stores them. */
export interface CounterRow {
  key: string
  points: number
  expire: Time | null
}

export interface MigrationRow {
  number: number
  name: string
  checksum: string
  applied_at: Time
}
