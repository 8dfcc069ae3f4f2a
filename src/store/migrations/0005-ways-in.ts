import type { Migration } from './migration.ts'

const factors = `
  (SELECT count(*) FROM hallpass_passkeys WHERE user_id = NEW.id) +
  (SELECT count(*) FROM hallpass_totp WHERE user_id = NEW.id AND confirmed_at IS NOT NULL)`

/**
 * Passkeys, accounts at other providers, trusted devices, and how often a second factor was wrong.
 *
 * Additive: nodes of the version before leave all of it alone, but for one thing. They count the factors of a user anew when
 * an app is added or removed, and know of apps alone: the gate would no longer ask for a passkey, on any node. So the count
 * never falls below the number of passkeys, whichever node writes it. They still cannot verify a passkey, so none is to be registered
 * before all of them are replaced.
 */
export const waysIn: Migration = {
  number: 5,
  name: 'ways-in',
  isAdditive: true,
  preparations: [
    { table: 'hallpass_users', added: ['webauthn_id TEXT', 'wrong_factors INTEGER NOT NULL DEFAULT 0'] },
    { index: 'UNIQUE hallpass_users_webauthn_id', on: 'hallpass_users (webauthn_id) WHERE webauthn_id IS NOT NULL' },
  ],
  statements: [
    `CREATE TABLE hallpass_passkeys (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES hallpass_users (id) ON DELETE CASCADE,
      credential_id TEXT NOT NULL UNIQUE,
      public_key TEXT NOT NULL,
      counter BIGINT NOT NULL,
      counter_fell_at BIGINT,
      transports TEXT NOT NULL,
      aaguid TEXT NOT NULL,
      backup_eligible INTEGER NOT NULL,
      backed_up INTEGER NOT NULL,
      user_verified INTEGER NOT NULL,
      name TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      last_used_at BIGINT
    )`,
    'CREATE INDEX hallpass_passkeys_user ON hallpass_passkeys (user_id)',
    {
      sqlite: `CREATE TRIGGER hallpass_users_factors AFTER UPDATE OF second_factors ON hallpass_users
        WHEN NEW.second_factors < (SELECT count(*) FROM hallpass_passkeys WHERE user_id = NEW.id)
        BEGIN
          UPDATE hallpass_users SET second_factors = ${factors} WHERE id = NEW.id;
        END`,
      postgres: [
        `CREATE FUNCTION hallpass_count_factors() RETURNS TRIGGER LANGUAGE plpgsql AS $$
          BEGIN
            IF NEW.second_factors < (SELECT count(*) FROM hallpass_passkeys WHERE user_id = NEW.id) THEN
              NEW.second_factors := ${factors};
            END IF;
            RETURN NEW;
          END
        $$`,
        `CREATE TRIGGER hallpass_users_factors BEFORE UPDATE OF second_factors ON hallpass_users
          FOR EACH ROW EXECUTE FUNCTION hallpass_count_factors()`,
      ],
    },
    `CREATE TABLE hallpass_identities (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES hallpass_users (id) ON DELETE CASCADE,
      provider TEXT NOT NULL,
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      email TEXT,
      email_verified INTEGER NOT NULL,
      sealed TEXT,
      sealed_under TEXT,
      created_at BIGINT NOT NULL,
      last_used_at BIGINT,
      UNIQUE (issuer, subject)
    )`,
    'CREATE INDEX hallpass_identities_user ON hallpass_identities (user_id)',
    `CREATE TABLE hallpass_devices (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES hallpass_users (id) ON DELETE CASCADE,
      secret_hash TEXT NOT NULL UNIQUE,
      user_agent TEXT,
      address TEXT,
      created_at BIGINT NOT NULL,
      last_used_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX hallpass_devices_user ON hallpass_devices (user_id)',
    'CREATE INDEX hallpass_devices_expiry ON hallpass_devices (expires_at)',
    'CREATE TABLE hallpass_spent (hash TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)',
    'CREATE INDEX hallpass_spent_expiry ON hallpass_spent (expires_at)',
  ],
}
