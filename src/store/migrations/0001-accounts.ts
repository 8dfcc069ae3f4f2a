import type { Migration } from './migration.ts'

const counters = `hallpass_counters (
  key TEXT PRIMARY KEY,
  points INTEGER NOT NULL DEFAULT 0,
  expire BIGINT
)`

/** Who may log in, where they are logged in, what was taken back, and what happened. */
export const accounts: Migration = {
  number: 1,
  name: 'accounts',
  isAdditive: false,
  statements: [
    `CREATE TABLE hallpass_users (
      id TEXT PRIMARY KEY,
      username TEXT NOT NULL,
      username_normal TEXT NOT NULL UNIQUE,
      email TEXT,
      email_normal TEXT UNIQUE,
      password_hash TEXT NOT NULL,
      roles TEXT NOT NULL DEFAULT '[]',
      disabled_at BIGINT,
      tokens_valid_after BIGINT NOT NULL DEFAULT 0,
      last_login_at BIGINT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    )`,
    `CREATE TABLE hallpass_sessions (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES hallpass_users (id) ON DELETE CASCADE,
      generation INTEGER NOT NULL DEFAULT 1,
      family_hash TEXT NOT NULL UNIQUE,
      refresh_hash TEXT NOT NULL,
      previous_hash TEXT,
      previous_spent_at BIGINT,
      sealed_successor TEXT,
      created_at BIGINT NOT NULL,
      last_used_at BIGINT NOT NULL,
      idle_expires_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      user_agent TEXT,
      address TEXT,
      revoked_at BIGINT,
      revoked_why TEXT
    )`,
    'CREATE INDEX hallpass_sessions_user ON hallpass_sessions (user_id)',
    `CREATE TABLE hallpass_revocations (
      subject TEXT PRIMARY KEY,
      valid_from BIGINT,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX hallpass_revocations_expiry ON hallpass_revocations (expires_at)',
    `CREATE TABLE hallpass_audit (
      id TEXT PRIMARY KEY,
      at BIGINT NOT NULL,
      event TEXT NOT NULL,
      user_id TEXT,
      session_id TEXT,
      address TEXT,
      user_agent TEXT,
      details TEXT NOT NULL
    )`,
    'CREATE INDEX hallpass_audit_user ON hallpass_audit (user_id, id)',
    // They may be lost: whoever was counted begins anew.
    { sqlite: `CREATE TABLE ${counters}`, postgres: `CREATE UNLOGGED TABLE ${counters}` },
    'CREATE INDEX hallpass_counters_expiry ON hallpass_counters (expire)',
  ],
}
