CREATE TABLE hallpass_migrations (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      checksum TEXT NOT NULL,
      applied_at BIGINT NOT NULL
    );
INSERT INTO hallpass_migrations VALUES (1, 'accounts', 'f12acde232fcf9999f88610488a21b4303665b7d5d35f87a78c97d24d2e24fcb', 1795701834360);
INSERT INTO hallpass_migrations VALUES (2, 'keys-and-feed', 'dc7ef2d3016a721cda34cd33fc8ca9016b2952112931a5e2132888ea791f6441', 1795701834370);
CREATE TABLE hallpass_users (
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
    );
INSERT INTO hallpass_users VALUES ('01a2182b-8451-7de9-9ee8-3728557d66b3', 'alice', 'alice', 'alice@example.com', 'alice@example.com', '$argon2id$v=19$m=1024,t=1,p=1$/4w/fwK8sNCFwAOWVmsLAg$V2eRZzTeBh/W8FJsOgEfUV1uc7+rwuLELiFJHc+2AbU', '["admin"]', NULL, 1795701834973, 1795701834902, 1795701834833, 1795701834973);
INSERT INTO hallpass_users VALUES ('01a2182b-845d-7b15-88c2-7d89c70ce9dc', 'bob', 'bob', 'bob@example.com', 'bob@example.com', '$argon2id$v=19$m=1024,t=1,p=1$MxAiwkU5Tc7lDKgEPxeeXg$rPuKeTEn642NdZ0vwwl1gDf/jfuq4lievcWKi/o9M/A', '[]', 1795701834960, 1795701834960, 1795701834956, 1795701834845, 1795701834960);
CREATE TABLE hallpass_sessions (
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
    );
INSERT INTO hallpass_sessions VALUES ('01a2182b-848f-771e-ab95-821839955d09', '01a2182b-8451-7de9-9ee8-3728557d66b3', 2, '2dbf1a46ada5aec24d740e952df236cd65d431cce653dd2ef1ee439faf7bc82f', '8dcd694345175160dcbb851da07709633d19a947242097d49db41ea4e86d9076', '3b7081d96c1fdbb72a6e9c8517df85299cafcb29d897591adab72623876a2331', 1795701834933, 'b0jPZ-Q1EpjH3Ipyk_a5daAyBe0cmI-oLfRNCMZdi36F1AVkaFU0unK72H_oL5UYrVSNxkFQm_DzTTyVNRuNIUHs7b3X_ktAFuHQ4-N2ubj6jy3qiFUe1eE-4w5iK4qyc3qxEuKStwA', 1795701834902, 1795701834933, 1798293834933, 1803477834902, NULL, NULL, NULL, NULL);
INSERT INTO hallpass_sessions VALUES ('01a2182b-84cb-79b5-9590-955b22ea837a', '01a2182b-845d-7b15-88c2-7d89c70ce9dc', 1, 'da57a6d7b8030b873e3a9eee5e630c19fefb86a737e9e535bde423dd0d3eb5b3', '9a79410d805e760e910cfd94b9b6a8969a10f9d85054d4b6e6e5cdf54e535a3b', NULL, NULL, NULL, 1795701834956, 1795701834956, 1798293834956, 1803477834956, NULL, NULL, 1795701834960, 'user_disabled');
CREATE TABLE hallpass_audit (
      id TEXT PRIMARY KEY,
      at BIGINT NOT NULL,
      event TEXT NOT NULL,
      user_id TEXT,
      session_id TEXT,
      address TEXT,
      user_agent TEXT,
      details TEXT NOT NULL
    );
INSERT INTO hallpass_audit VALUES ('01a2182b-82a9-7f5d-8150-fd9767229ae4', 1795701834403, 'key_created', NULL, NULL, NULL, NULL, '{"kid":"CU9wF4lGcuU4AArbHLGTR_2w_03RnICC0UgpuuqX8jk","algorithm":"ES256"}');
INSERT INTO hallpass_audit VALUES ('01a2182b-82ab-7eb6-b0f1-ee761141dc38', 1795701834403, 'key_created', NULL, NULL, NULL, NULL, '{"kid":"bOgSc8HW8x1Eu6dr8DXj4P_HvDu_lox-UU_sDmXkaOM","algorithm":"ES256"}');
INSERT INTO hallpass_audit VALUES ('01a2182b-8453-75b5-992f-25d25976a3fc', 1795701834835, 'user_registered', '01a2182b-8451-7de9-9ee8-3728557d66b3', NULL, NULL, NULL, '{}');
INSERT INTO hallpass_audit VALUES ('01a2182b-845d-7b15-88c2-7d8a87c3e5fd', 1795701834845, 'user_registered', '01a2182b-845d-7b15-88c2-7d89c70ce9dc', NULL, NULL, NULL, '{}');
INSERT INTO hallpass_audit VALUES ('01a2182b-8498-7282-9849-bc7a8f001b79', 1795701834902, 'login_succeeded', '01a2182b-8451-7de9-9ee8-3728557d66b3', '01a2182b-848f-771e-ab95-821839955d09', NULL, NULL, '{}');
INSERT INTO hallpass_audit VALUES ('01a2182b-84cd-719b-9e7e-5e185c9956d4', 1795701834956, 'login_succeeded', '01a2182b-845d-7b15-88c2-7d89c70ce9dc', '01a2182b-84cb-79b5-9590-955b22ea837a', NULL, NULL, '{}');
INSERT INTO hallpass_audit VALUES ('01a2182b-84d2-72a2-a3c0-774898bea35f', 1795701834960, 'user_disabled', '01a2182b-845d-7b15-88c2-7d89c70ce9dc', NULL, NULL, NULL, '{}');
INSERT INTO hallpass_audit VALUES ('01a2182b-84e3-7d73-8b10-ec49a33888e9', 1795701834973, 'roles_changed', '01a2182b-8451-7de9-9ee8-3728557d66b3', NULL, NULL, NULL, '{}');
INSERT INTO hallpass_audit VALUES ('01a2182b-84ef-76f6-8503-8e8a3ebba88e', 1795701834990, 'client_added', NULL, NULL, NULL, NULL, '{"client_id":"01a2182b-84ee-7af6-896c-9aee2aefe4ce","name":"billing"}');
CREATE TABLE hallpass_counters (
  key TEXT PRIMARY KEY,
  points INTEGER NOT NULL DEFAULT 0,
  expire BIGINT
);
INSERT INTO hallpass_counters VALUES ('failures:n-_hzvdVy6w45_C1IlgorU3ZIGdSAjPxU_826apWKbY', 0, 1795788234859);
INSERT INTO hallpass_counters VALUES ('failures:yzTVgCyt9RLIoqMHDUCjb1gEt1Tm9DEnZz0r7mIRmI4', 0, 1795788234949);
CREATE TABLE hallpass_revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, valid_from BIGINT, expires_at BIGINT NOT NULL);
INSERT INTO hallpass_revocations VALUES (1, 'session', '01a2182b-84cb-79b5-9590-955b22ea837a', NULL, 1795702734961);
INSERT INTO hallpass_revocations VALUES (2, 'user', '01a2182b-845d-7b15-88c2-7d89c70ce9dc', 1795701834960, 1795702734961);
INSERT INTO hallpass_revocations VALUES (3, 'session', '01a2182b-848f-771e-ab95-821839955d09', 2, 1795702734973);
INSERT INTO hallpass_revocations VALUES (4, 'user', '01a2182b-8451-7de9-9ee8-3728557d66b3', 1795701834973, 1795702734973);
CREATE TABLE hallpass_signing_keys (
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
    );
INSERT INTO hallpass_signing_keys VALUES ('bOgSc8HW8x1Eu6dr8DXj4P_HvDu_lox-UU_sDmXkaOM', 'ES256', 'active', 'Q0N4m8FUMSEYNYf2aE5GKhXxaYoyDAycULP4P7T46mb0yJuZuaE-K39vkv4iGIVbtOGCkMoCQEi-jgO4GVPnwHybnMfu9aSy0CFD5CLwVDkCBUQZ2Fr73YgPAsBpJf5l6ZRYFYZ1fvegBAhb0ccolwidmi0WQRuas5jWDnWEBYGeaJ8_szXYDSbEXx47pd7Bh5cyT28fvm7AmC1RJVA3N5GmKOf5pvw4wNbIqULPS0dMH8iJc0B0WuonWkaf3vZf6U9d1YkHOB5lhyBROVn9eay-LsUkRfhls15kFEnv7P5WnGDVkHATjGREMd3B513DBPdx1jp3jJfsD60kyl-CspJqdm8JckZYURi3gvvDejZ0VEvkVNhW0ZCY', '893a3b91d170f15b', 1795701834403, 1795701834403, 1795701834403, NULL, NULL, NULL);
INSERT INTO hallpass_signing_keys VALUES ('CU9wF4lGcuU4AArbHLGTR_2w_03RnICC0UgpuuqX8jk', 'ES256', 'next', 'BxqsPXoQYr2i-RygyIrI-kOlQw0CzGfveRb3fP8HeOt6Ir2xEl7ln1rz6Q1FPGP23z_v9wvVfU1yFcyfWI5f8_8kOBRdVm8NSHjQQhd26KY3Kku9QCl3MShqs-Hvnv5Jejbc0MS3f8rDmU-vKQZOZFGWbz_wjUZDPBaV2ASfANQKB0-PUHCpiycwhaymQTTWkivkCtLrAvaJtAzEs8zOb4JngVz0qDYRyl2ALqCphVlhxrPluLGs4bEyFGW7fGYULnRPfLchQ1CSeDTpWwHCQBixXHCijHYPFRfUaRp5gTRe49Z0gCPCH2WBmzpvDl6VQKRadVmKqS9u8sdwpUfs0yn5t_0X5FYuU-3Ekqxa4b6rgqDNNv2OkSR3', '893a3b91d170f15b', 1795701834403, 1795701834403, NULL, NULL, NULL, NULL);
CREATE TABLE hallpass_clients (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      secret_hash TEXT NOT NULL,
      created_at BIGINT NOT NULL
    );
INSERT INTO hallpass_clients VALUES ('01a2182b-84ee-7af6-896c-9aee2aefe4ce', 'billing', 'mP2SE2-q3LyatAQKW0QRzYX0K_V41yibwsROs1O4xQ4', 1795701834990);
CREATE INDEX hallpass_sessions_user ON hallpass_sessions (user_id);
CREATE INDEX hallpass_audit_user ON hallpass_audit (user_id, id);
CREATE INDEX hallpass_counters_expiry ON hallpass_counters (expire);
CREATE INDEX hallpass_revocations_name ON hallpass_revocations (id, kind);
CREATE INDEX hallpass_revocations_expiry ON hallpass_revocations (expires_at);
CREATE UNIQUE INDEX hallpass_signing_keys_active ON hallpass_signing_keys (algorithm) WHERE state = 'active';
CREATE UNIQUE INDEX hallpass_signing_keys_next ON hallpass_signing_keys (algorithm) WHERE state = 'next';
CREATE INDEX hallpass_sessions_ended ON hallpass_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
