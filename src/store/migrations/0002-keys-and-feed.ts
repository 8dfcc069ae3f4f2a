import type { Migration } from './migration.ts'

const revocation = 'kind TEXT NOT NULL, id TEXT NOT NULL, valid_from BIGINT, expires_at BIGINT NOT NULL'

/**
 * Keys that rotate, services that may ask about tokens, and revocations as a journal: other processes read on from where
 * they were. PostgreSQL tells them when.
 */
export const keysAndFeed: Migration = {
  number: 2,
  name: 'keys-and-feed',
  isAdditive: false,
  statements: [
    'ALTER TABLE hallpass_revocations RENAME TO hallpass_revocations_before',
    'DROP INDEX hallpass_revocations_expiry',
    {
      // Numbers are never given twice, not even those of rows that were removed.
      sqlite: `CREATE TABLE hallpass_revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, ${revocation})`,
      // Numbers are given before the commit: only the transaction tells who has seen what.
      postgres: `CREATE TABLE hallpass_revocations (
        seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
        ${revocation}
      )`,
    },
    {
      sqlite: `INSERT INTO hallpass_revocations (kind, id, valid_from, expires_at)
        SELECT substr(subject, 1, instr(subject, ':') - 1), substr(subject, instr(subject, ':') + 1), valid_from, expires_at
        FROM hallpass_revocations_before`,
      postgres: `INSERT INTO hallpass_revocations (kind, id, valid_from, expires_at)
        SELECT split_part(subject, ':', 1), substr(subject, strpos(subject, ':') + 1), valid_from, expires_at
        FROM hallpass_revocations_before`,
    },
    'DROP TABLE hallpass_revocations_before',
    'CREATE INDEX hallpass_revocations_name ON hallpass_revocations (id, kind)',
    'CREATE INDEX hallpass_revocations_expiry ON hallpass_revocations (expires_at)',
    { sqlite: [], postgres: ['CREATE INDEX hallpass_revocations_xid ON hallpass_revocations (xid)'] },
    `CREATE TABLE hallpass_signing_keys (
      kid TEXT PRIMARY KEY,
      algorithm TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'gone')),
      sealed TEXT,
      sealed_under TEXT,
      created_at BIGINT NOT NULL,
      signs_from BIGINT NOT NULL,
      activated_at BIGINT,
      retired_at BIGINT,
      verifies_until BIGINT,
      revoked_at BIGINT
    )`,
    "CREATE UNIQUE INDEX hallpass_signing_keys_active ON hallpass_signing_keys (algorithm) WHERE state = 'active'",
    "CREATE UNIQUE INDEX hallpass_signing_keys_next ON hallpass_signing_keys (algorithm) WHERE state = 'next'",
    `CREATE TABLE hallpass_clients (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      secret_hash TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
    // For those that are removed some time after their end.
    'CREATE INDEX hallpass_sessions_ended ON hallpass_sessions (revoked_at) WHERE revoked_at IS NOT NULL',
    {
      sqlite: [],
      postgres: [
        `CREATE FUNCTION hallpass_notify() RETURNS TRIGGER LANGUAGE plpgsql AS $$
          BEGIN
            PERFORM pg_notify('hallpass', '');
            RETURN NULL;
          END
        $$`,
        `CREATE TRIGGER hallpass_revocations_notify AFTER INSERT ON hallpass_revocations
          FOR EACH STATEMENT EXECUTE FUNCTION hallpass_notify()`,
        `CREATE TRIGGER hallpass_signing_keys_notify AFTER INSERT OR UPDATE ON hallpass_signing_keys
          FOR EACH STATEMENT EXECUTE FUNCTION hallpass_notify()`,
      ],
    },
  ],
}
