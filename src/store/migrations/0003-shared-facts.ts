import type { Migration } from '../migrate.ts'

const dayMilliseconds = 24 * 60 * 60 * 1000

/**
 * What every process judges by is in the database: how long access tokens live, and so how long their revocations matter.
 * Sessions keep what was spent a moment ago, so that a client that races with itself is told apart from a thief.
 */
export const sharedFacts: Migration = {
  number: 3,
  name: 'shared-facts',
  statements: [
    `CREATE TABLE hallpass_token_lives (
      seconds BIGINT PRIMARY KEY,
      since BIGINT NOT NULL
    )`,
    // When a process last looked at the clock of the database: a start long after it, or before it, is suspicious.
    `CREATE TABLE hallpass_clock (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      seen_at BIGINT NOT NULL
    )`,
    // Until now each process wrote the end by a setting of its own, which may have been shorter than that of the signer.
    `UPDATE hallpass_revocations SET expires_at = expires_at + ${dayMilliseconds} WHERE expires_at < 8000000000000000`,
    `DELETE FROM hallpass_revocations WHERE kind = 'token' AND EXISTS (
      SELECT 1 FROM hallpass_revocations other
      WHERE other.kind = 'token' AND other.id = hallpass_revocations.id AND other.seq < hallpass_revocations.seq
    )`,
    "CREATE UNIQUE INDEX hallpass_revocations_token ON hallpass_revocations (id) WHERE kind = 'token'",
    // Odd while a user is disabled; it grows with each change, so that those may arrive in any order.
    'ALTER TABLE hallpass_users ADD COLUMN standing INTEGER NOT NULL DEFAULT 0',
    'UPDATE hallpass_users SET standing = 1 WHERE disabled_at IS NOT NULL',
    `INSERT INTO hallpass_revocations (kind, id, valid_from, expires_at)
      SELECT 'disabled', id, 1, 8640000000000000 FROM hallpass_users WHERE disabled_at IS NOT NULL`,
    // With the spent token, which others may have kept, it gave the good one to anyone who could read the database.
    'UPDATE hallpass_sessions SET sealed_successor = NULL WHERE sealed_successor IS NOT NULL',
    "ALTER TABLE hallpass_sessions ADD COLUMN spends TEXT NOT NULL DEFAULT ''",
    'ALTER TABLE hallpass_sessions ADD COLUMN recovered_at BIGINT',
    'ALTER TABLE hallpass_audit ADD COLUMN request_id TEXT',
    'ALTER TABLE hallpass_audit ADD COLUMN actor TEXT',
    // Of one user: those that were not ended by their ids, and the others by their ends. A refresh changes none of the three.
    'CREATE INDEX hallpass_sessions_of_user ON hallpass_sessions (user_id, revoked_at, id)',
    'DROP INDEX hallpass_sessions_user',
  ],
}
