import type { Generated } from 'kysely'

/**
 * The tables as they are on both databases. Times are milliseconds since 1970; PostgreSQL hands them out as text, and
 * each table's own file turns rows into objects. They are in one file because those import `Sql`, which is made of all of them.
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
  /** As it was typed. */
  username: string
  /** What must be unique. */
  username_normal: string
  email: string | null
  /** Unique among those that were proven. */
  email_normal: string | null
  email_verified_at: Time | null
  /** Empty where there is none: it equals no hash. */
  password_hash: string
  /** How many second factors are set up. They are counted in the transaction that adds or removes one. */
  second_factors: Generated<number>
  /** Wrong codes since a second factor was last proven: after a hundred, codes are accepted no more. */
  wrong_factors: Generated<number>
  /** 64 random bytes that passkeys know the user by (WebAuthn's user handle); null until the first is registered. */
  webauthn_id: string | null
  /** A JSON list of texts. */
  roles: Generated<string>
  disabled_at: Time | null
  /** Odd while the user is disabled. It grows with each change. */
  standing: Generated<number>
  tokens_valid_after: Generated<Time>
  last_login_at: Time | null
  created_at: Time
  updated_at: Time
}

/** What no login needs: it is read where it is used. */
type Aside = 'wrong_factors' | 'webauthn_id'

/**
 * All others by name, and not by `*`, whose meaning changes when a later version adds a column: this one may have prepared
 * the statement by then.
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
  /** SHA-256 of the refresh token that is good now, and of the one before it. */
  refresh_hash: string
  previous_hash: string | null
  previous_spent_at: Time | null
  /** Earlier versions kept the good refresh token here, encrypted under the one before it. Nothing is written any more. */
  sealed_successor: string | null
  /**
   * Refresh tokens that were spent a moment before the previous one, the newest first: 16 characters of the hash, a dot,
   * milliseconds, a semicolon.
   */
  spends: Generated<string>
  /**
   * When the good refresh token was handed out a second time, because its first answer was lost; 0 when that was the
   * previous one. Then the previous one is not answered a second time.
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
  /** A JSON list: how the user was authenticated (RFC 8176). */
  amr: Generated<string>
  /** When last; null in sessions from before there was this column. */
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
  /** Counts up. */
  seq: Generated<Time>
  /** As `stored-name.ts` has it. */
  kind: string
  id: string
  /** The id once more where it is that of a token, which is revoked once. */
  token_id: string | null
  /** Of a session the generation, of a user the time of the first tokens that are valid again, null: none will be; of a disabled one the standing. */
  valid_from: Time | null
  /** It is kept until then, by the clock of the database. */
  expires_at: Time
}

/** A life that access tokens are signed with. */
export interface TokenLifeRow {
  seconds: Time
  /** Revocations have been kept for tokens of this life since then. */
  since: Time
}

/** One row: when a process last looked at the clock of the database. */
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
  /** Which key it is encrypted under. */
  sealed_under: string | null
  created_at: Time
  /** Not before: every cached copy of the published keys has it by then. */
  signs_from: Time
  activated_at: Time | null
  retired_at: Time | null
  /** When the last token that it signed has ended. */
  verifies_until: Time | null
  revoked_at: Time | null
}

/** A service that may ask about tokens. */
export interface ClientRow {
  id: string
  name: string
  /** SHA-256. */
  secret_hash: string
  created_at: Time
}

/** What is used once, by a link, a code or both. It is deleted when it is used. */
export interface SecretRow {
  id: string
  /** What it is good for, and nothing else. */
  purpose: string
  /** Whose it is: there is one at a time of each purpose. A user, an address, or itself. */
  owner: string
  user_id: string | null
  /** The mailbox that it was sent to, in its normal form. */
  address: string | null
  /** SHA-256 of the purpose and the token. */
  secret_hash: string
  /** HMAC of the purpose, the owner and the code. */
  code_hash: string | null
  /** SHA-256 of what the browser that asked for it has in a cookie. */
  browser_hash: string | null
  /** What else it is about, encrypted. */
  sealed: string | null
  sealed_under: string | null
  /** Codes that were tried. */
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
  /** When its first code was entered; null until then, and it counts for nothing. */
  confirmed_at: Time | null
  /** The step of the last code that was accepted: none up to it is accepted again. */
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

/** A public key that a person's device or password manager signs in with (WebAuthn). Flags are 0 or 1. */
export interface PasskeyRow {
  id: string
  user_id: string
  /** base64url, as the authenticator calls it. */
  credential_id: string
  /** COSE, base64url. */
  public_key: string
  counter: Time
  /** When a counter was last not above the one before. */
  counter_fell_at: Time | null
  /** A JSON list of texts. */
  transports: string
  /** The model of the authenticator; zeros where it does not say. */
  aaguid: string
  /** Whether it can be copied to other devices. It never changes. */
  backup_eligible: number
  /** Whether it was copied. */
  backed_up: number
  /** Whether the person was verified when it was registered. */
  user_verified: number
  name: string
  created_at: Time
  last_used_at: Time | null
}

/** An account at another provider that a user signs in with: the issuer and the subject say which. */
export interface IdentityRow {
  id: string
  user_id: string
  /** The name of the provider among the settings. */
  provider: string
  issuer: string
  subject: string
  /** As the provider said it last. */
  email: string | null
  email_verified: number
  /** The provider's tokens, encrypted, where they are kept. */
  sealed: string | null
  sealed_under: string | null
  created_at: Time
  last_used_at: Time | null
}

/** A browser that is not asked for the second factor of a user until it expires. */
export interface DeviceRow {
  id: string
  user_id: string
  /** SHA-256. */
  secret_hash: string
  user_agent: string | null
  address: string | null
  created_at: Time
  last_used_at: Time
  /** It is never put off. */
  expires_at: Time
}

/** A challenge that clients carry themselves, once it was answered. */
export interface SpentRow {
  /** SHA-256. */
  hash: string
  expires_at: Time
}

/** A mail that is to be sent, or was. */
export interface MailRow {
  id: string
  /** Null in a decoy: it is sent to no one. */
  recipient: string | null
  template: string
  locale: string
  /** What the template is filled with, encrypted; null once that is done with. */
  sealed: string | null
  sealed_under: string | null
  attempts: Generated<number>
  /** When it is tried next; null when it is done with. */
  next_at: Time | null
  /** No other node takes it before. */
  claimed_until: Time | null
  created_at: Time
  sent_at: Time | null
  /** When it was given up. */
  failed_at: Time | null
  /** What the mail server answered last. */
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
  /** Who did it, where that was no user over the network. */
  actor: string | null
  /** A JSON object. */
  details: string
}

/** As rate-limiter-flexible keeps them. */
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
