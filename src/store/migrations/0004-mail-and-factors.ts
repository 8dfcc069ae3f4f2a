import type { Migration } from './migration.ts'

/**
 * Addresses that were proven, mails to them, second factors, and what is used once: links, codes, challenges.
 *
 * Additive: nodes of the version before leave the new tables and columns alone. They ask for no second factor, so none is
 * to be set up before all of them are replaced.
 */
export const mailAndFactors: Migration = {
  number: 4,
  name: 'mail-and-factors',
  isAdditive: true,
  preparations: [
    { table: 'hallpass_users', added: ['email_verified_at BIGINT', 'second_factors INTEGER NOT NULL DEFAULT 0'] },
    // Typing someone else's address first does not keep them from it: only the proven one is unique.
    { table: 'hallpass_users', notUnique: 'email_normal' },
    {
      index: 'UNIQUE hallpass_users_verified_email',
      on: 'hallpass_users (email_normal) WHERE email_verified_at IS NOT NULL',
    },
    { index: 'hallpass_users_email', on: 'hallpass_users (email_normal)' },
    // Nodes of 0.1.0 have prepared a refresh that answers all columns.
    {
      table: 'hallpass_sessions',
      added: ["amr TEXT NOT NULL DEFAULT '[]'", 'authenticated_at BIGINT', 'factor_at BIGINT'],
      breaksPrepared: true,
    },
  ],
  statements: [
    `CREATE TABLE hallpass_secrets (
      id TEXT PRIMARY KEY,
      purpose TEXT NOT NULL,
      owner TEXT NOT NULL,
      user_id TEXT REFERENCES hallpass_users (id) ON DELETE CASCADE,
      address TEXT,
      secret_hash TEXT NOT NULL UNIQUE,
      code_hash TEXT,
      browser_hash TEXT,
      sealed TEXT,
      sealed_under TEXT,
      attempts INTEGER NOT NULL DEFAULT 0,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      UNIQUE (purpose, owner)
    )`,
    'CREATE INDEX hallpass_secrets_user ON hallpass_secrets (user_id)',
    'CREATE INDEX hallpass_secrets_address ON hallpass_secrets (address)',
    'CREATE INDEX hallpass_secrets_expiry ON hallpass_secrets (expires_at)',
    `CREATE TABLE hallpass_totp (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES hallpass_users (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      sealed TEXT NOT NULL,
      sealed_under TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      confirmed_at BIGINT,
      last_step BIGINT NOT NULL DEFAULT 0,
      last_used_at BIGINT
    )`,
    'CREATE INDEX hallpass_totp_user ON hallpass_totp (user_id)',
    'CREATE INDEX hallpass_totp_unconfirmed ON hallpass_totp (created_at) WHERE confirmed_at IS NULL',
    `CREATE TABLE hallpass_recovery_codes (
      user_id TEXT NOT NULL REFERENCES hallpass_users (id) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      salt TEXT NOT NULL,
      used_at BIGINT,
      PRIMARY KEY (user_id, hash)
    )`,
    `CREATE TABLE hallpass_mails (
      id TEXT PRIMARY KEY,
      recipient TEXT,
      template TEXT NOT NULL,
      locale TEXT NOT NULL,
      sealed TEXT,
      sealed_under TEXT,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_at BIGINT,
      claimed_until BIGINT,
      created_at BIGINT NOT NULL,
      sent_at BIGINT,
      failed_at BIGINT,
      error TEXT
    )`,
    'CREATE INDEX hallpass_mails_due ON hallpass_mails (next_at) WHERE next_at IS NOT NULL',
    'CREATE INDEX hallpass_mails_done ON hallpass_mails (created_at) WHERE next_at IS NULL',
  ],
}
