import { standingPrefix } from '../revocations/stored-name.ts'
import type { Migration } from './migration.ts'

const dayMilliseconds = 24 * 60 * 60 * 1000

/**
 * What every process judges by is in the database: how long access tokens live, and so how long their revocations matter.
 * Sessions keep what was spent a moment ago, so that a client that races with itself is told apart from a thief.
 *
 * Additive: nodes of 0.1.0 leave the new tables and columns alone, and read the new rows of the journal as revocations of
 * users that do not exist.
 */
export const sharedFacts: Migration = {
  number: 3,
  name: 'shared-facts',
  isAdditive: true,
  preparations: [
    { table: 'hallpass_token_lives', made: 'seconds BIGINT PRIMARY KEY, since BIGINT NOT NULL' },
    // When a process last looked at the clock of the database: a start long after it, or before it, is suspicious.
    { table: 'hallpass_clock', made: 'id INTEGER PRIMARY KEY CHECK (id = 1), seen_at BIGINT NOT NULL' },
    // Odd while a user is disabled; it grows with each change, so that those may arrive in any order.
    { table: 'hallpass_users', added: ['standing INTEGER NOT NULL DEFAULT 0'] },
    // A token is revoked once, however often clients ask. Nodes of 0.1.0 write none, and may repeat themselves.
    { table: 'hallpass_revocations', added: ['token_id TEXT'] },
    { index: 'UNIQUE hallpass_revocations_token', on: 'hallpass_revocations (token_id) WHERE token_id IS NOT NULL' },
    // Nodes of 0.1.0 have prepared a refresh that answers all columns.
    {
      table: 'hallpass_sessions',
      added: ["spends TEXT NOT NULL DEFAULT ''", 'recovered_at BIGINT'],
      breaksPrepared: true,
    },
    { table: 'hallpass_audit', added: ['request_id TEXT', 'actor TEXT'] },
    // Of one user: those that were not ended by their ids, and the others by their ends. A refresh changes none of the three.
    { index: 'hallpass_sessions_of_user', on: 'hallpass_sessions (user_id, revoked_at, id)' },
    { unneededIndex: 'hallpass_sessions_user' },
    // With the spent token, which others may have kept, it gave the good one to anyone who could read the database.
    { table: 'hallpass_sessions', emptied: 'sealed_successor' },
    // Nodes of 0.1.0 go on writing it: so it is found, and cleared when their grace is over.
    { index: 'hallpass_sessions_sealed', on: 'hallpass_sessions (id) WHERE sealed_successor IS NOT NULL' },
  ],
  statements: [
    // Until now each process wrote the end by a setting of its own, which may have been shorter than that of the signer.
    `UPDATE hallpass_revocations SET expires_at = expires_at + ${dayMilliseconds} WHERE expires_at < 8000000000000000`,
    'UPDATE hallpass_users SET standing = 1 WHERE disabled_at IS NOT NULL',
    `INSERT INTO hallpass_revocations (kind, id, valid_from, expires_at)
      SELECT 'user', '${standingPrefix}' || id, 1, 8640000000000000 FROM hallpass_users WHERE disabled_at IS NOT NULL`,
  ],
}
