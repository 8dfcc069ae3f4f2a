CREATE FUNCTION public.hallpass_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
          BEGIN
            PERFORM pg_notify('hallpass', '');
            RETURN NULL;
          END
        $$;
CREATE TABLE public.hallpass_audit (
    id text NOT NULL,
    at bigint NOT NULL,
    event text NOT NULL,
    user_id text,
    session_id text,
    address text,
    user_agent text,
    details text NOT NULL
);
CREATE TABLE public.hallpass_clients (
    id text NOT NULL,
    name text NOT NULL,
    secret_hash text NOT NULL,
    created_at bigint NOT NULL
);
CREATE UNLOGGED TABLE public.hallpass_counters (
    key text NOT NULL,
    points integer DEFAULT 0 NOT NULL,
    expire bigint
);
CREATE TABLE public.hallpass_migrations (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at bigint NOT NULL
);
CREATE TABLE public.hallpass_revocations (
    seq bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    valid_from bigint,
    expires_at bigint NOT NULL
);
ALTER TABLE public.hallpass_revocations ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.hallpass_revocations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.hallpass_sessions (
    id text NOT NULL,
    user_id text NOT NULL,
    generation integer DEFAULT 1 NOT NULL,
    family_hash text NOT NULL,
    refresh_hash text NOT NULL,
    previous_hash text,
    previous_spent_at bigint,
    sealed_successor text,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    user_agent text,
    address text,
    revoked_at bigint,
    revoked_why text
);
CREATE TABLE public.hallpass_signing_keys (
    kid text NOT NULL,
    algorithm text NOT NULL,
    state text NOT NULL,
    sealed text,
    sealed_under text,
    created_at bigint NOT NULL,
    signs_from bigint NOT NULL,
    activated_at bigint,
    retired_at bigint,
    verifies_until bigint,
    revoked_at bigint,
    CONSTRAINT hallpass_signing_keys_state_check CHECK ((state = ANY (ARRAY['next'::text, 'active'::text, 'retiring'::text, 'gone'::text])))
);
CREATE TABLE public.hallpass_users (
    id text NOT NULL,
    username text NOT NULL,
    username_normal text NOT NULL,
    email text,
    email_normal text,
    password_hash text NOT NULL,
    roles text DEFAULT '[]'::text NOT NULL,
    disabled_at bigint,
    tokens_valid_after bigint DEFAULT 0 NOT NULL,
    last_login_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
INSERT INTO public.hallpass_audit VALUES ('01a2182b-e6f4-7de2-bcae-96fa92066eaa', 1795701860046, 'key_created', NULL, NULL, NULL, NULL, '{"kid":"IP6U4yn6a41CPIWO231_lC6y96K3th6MVXw0E4ujFe4","algorithm":"ES256"}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-e6f8-7a60-97fc-dcd62d896de1', 1795701860046, 'key_created', NULL, NULL, NULL, NULL, '{"kid":"kUB8CZIAluO0CdQVd31kujZbCZit8zBnsulA4P5ktyg","algorithm":"ES256"}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-e9e4-7937-8c45-577598c6810e', 1795701860836, 'user_registered', '01a2182b-e9d4-79d9-824a-ef9ae2a447f2', NULL, NULL, NULL, '{}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-e9f9-7324-966e-20dce1d1fa47', 1795701860857, 'user_registered', '01a2182b-e9f7-7f90-b2df-72db6d99ef27', NULL, NULL, NULL, '{}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-ea9a-732d-a458-e5b77a63f2fb', 1795701860996, 'login_succeeded', '01a2182b-e9d4-79d9-824a-ef9ae2a447f2', '01a2182b-ea83-7b8e-bd71-fdc7b0402175', NULL, NULL, '{}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-eab4-7480-9e9e-ea0b79622593', 1795701861042, 'login_succeeded', '01a2182b-e9f7-7f90-b2df-72db6d99ef27', '01a2182b-eab1-7a62-b04c-0b415aa8f93e', NULL, NULL, '{}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-ead0-73b7-8542-b0dc7de8c424', 1795701861048, 'user_disabled', '01a2182b-e9f7-7f90-b2df-72db6d99ef27', NULL, NULL, NULL, '{}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-eb04-7a5d-b6b0-ac63edb3ccda', 1795701861116, 'roles_changed', '01a2182b-e9d4-79d9-824a-ef9ae2a447f2', NULL, NULL, NULL, '{}');
INSERT INTO public.hallpass_audit VALUES ('01a2182b-eb19-7b9d-8a3a-e73be0b29c62', 1795701861143, 'client_added', NULL, NULL, NULL, NULL, '{"client_id":"01a2182b-eb17-770c-90f8-5fa4e17e6d39","name":"billing"}');
INSERT INTO public.hallpass_clients VALUES ('01a2182b-eb17-770c-90f8-5fa4e17e6d39', 'billing', 'pHY_X4nnPg_0Gz4BRw7sjp7I2NuxXOu2JoL1Omw_UEE', 1795701861143);
INSERT INTO public.hallpass_counters VALUES ('failures:n-_hzvdVy6w45_C1IlgorU3ZIGdSAjPxU_826apWKbY', 0, 1795788260891);
INSERT INTO public.hallpass_counters VALUES ('failures:yzTVgCyt9RLIoqMHDUCjb1gEt1Tm9DEnZz0r7mIRmI4', 0, 1795788261035);
INSERT INTO public.hallpass_migrations VALUES (1, 'accounts', 'f12acde232fcf9999f88610488a21b4303665b7d5d35f87a78c97d24d2e24fcb', 1795701859877);
INSERT INTO public.hallpass_migrations VALUES (2, 'keys-and-feed', 'dc7ef2d3016a721cda34cd33fc8ca9016b2952112931a5e2132888ea791f6441', 1795701860001);
INSERT INTO public.hallpass_revocations OVERRIDING SYSTEM VALUE VALUES (1, '735', 'session', '01a2182b-eab1-7a62-b04c-0b415aa8f93e', NULL, 1795702761048);
INSERT INTO public.hallpass_revocations OVERRIDING SYSTEM VALUE VALUES (2, '735', 'user', '01a2182b-e9f7-7f90-b2df-72db6d99ef27', 1795701861048, 1795702761048);
INSERT INTO public.hallpass_revocations OVERRIDING SYSTEM VALUE VALUES (3, '736', 'session', '01a2182b-ea83-7b8e-bd71-fdc7b0402175', 2, 1795702761116);
INSERT INTO public.hallpass_revocations OVERRIDING SYSTEM VALUE VALUES (4, '736', 'user', '01a2182b-e9d4-79d9-824a-ef9ae2a447f2', 1795701861116, 1795702761116);
INSERT INTO public.hallpass_sessions VALUES ('01a2182b-eab1-7a62-b04c-0b415aa8f93e', '01a2182b-e9f7-7f90-b2df-72db6d99ef27', 1, '302730d0b6bea6b71405f3b41ce8f8e9be19733c122a212da24e89fa9a98b97c', '14dc28c5dda895d61817bffc1032701529d4245fabf007b9421bf377a7216424', NULL, NULL, NULL, 1795701861042, 1795701861042, 1798293861042, 1803477861042, NULL, NULL, 1795701861048, 'user_disabled');
INSERT INTO public.hallpass_sessions VALUES ('01a2182b-ea83-7b8e-bd71-fdc7b0402175', '01a2182b-e9d4-79d9-824a-ef9ae2a447f2', 2, 'd7039488f6aaf81f0ccc268654818be55b2796dda012e23b85c1f2e19a9b14ae', '39ab50c17ea23fdbdc8ad420abdaac1a8bddb33ba43e6560cf21b3dd98dac896', '9356515c6c8c486f9cae2003cf4568066bcb56387e6ef39f171ce0adf02450e3', 1795701861027, 'd0mEkiFzQpUwLEndyXZJ1yzWcFv_ufrRE1M_1f0_Za6i6v-L7CRDZ15Dr9TkWBgCydVnRGl0aAqOuWitZITPhzceV_jRY4C_GZKwOiTKGv90mi4JSPWyi13Aqc8PAKJm-jxbB9KnS58', 1795701860996, 1795701861027, 1798293861027, 1803477860996, NULL, NULL, NULL, NULL);
INSERT INTO public.hallpass_signing_keys VALUES ('IP6U4yn6a41CPIWO231_lC6y96K3th6MVXw0E4ujFe4', 'ES256', 'active', '-udufhyXGlHs9zzT8j7f4RF_cPalUp1PmOGcdjAXfOQINWrpJj5ym_eQR5FkcHvJyoyrwHqcFEq3U6litFLkon91E07UW4qsoMQYBtiUnZik6ym8TY296QREW_UE4jyYsPasO6ZMzFazfaHZ4m3AZ2QPIFgnpXXwROZsD4fHNO2IrSj4ASZynNG4RqLF2Msm_6mSY2CmATmUVhoeNqhNkZObfE61Y8rfqxVrVYhgRE6yRmrjsPi6tclAp8ECEyB9QGmVirYljLQMrN5XCfHkVqafu8aLuBri3ZEdh20WI7hBAp4AD7oCyU7GjSwcpvvELCk1RzqZ4Gek6gvjm6S6AqZf3fpmGDFONpRcPXmQxkYqt7Ig4eX5tRVj', '893a3b91d170f15b', 1795701860046, 1795701860046, 1795701860046, NULL, NULL, NULL);
INSERT INTO public.hallpass_signing_keys VALUES ('kUB8CZIAluO0CdQVd31kujZbCZit8zBnsulA4P5ktyg', 'ES256', 'next', 'D03UhaYZpwWUTJuTus0_BvlIiKSA0cznzMjGBbtHoVYqAsn32xUUI2JexR28YvmKjac4VnTzofcz-qz6ObygCdoe2jxLzOuClhmj-X7AxRkoIlnRzAix09W-d81DWA3WcMKgSMFcMfJi4n_kUdPeowcKH1-sb2QW0eNuemZutQqm18AB1Fc9Ho0m9_KSSqESByBzhtRoUwA5LtxdFG-PldGIDIj-PikoRyORoEjn-EIW6WGoNhPK28Jmda6_akRsClxINzFqhbZPUt_BsZrt1ooxPfGtNiJ5BhP-RoVMpUarJA3G8kMcDeMfJmyc2yvI6A9s5shyrhurBu0NWZP5BUM_ufy1u52pgOFE7MNHycC_1ZyOZzM2kj5s', '893a3b91d170f15b', 1795701860046, 1795701860046, NULL, NULL, NULL, NULL);
INSERT INTO public.hallpass_users VALUES ('01a2182b-e9f7-7f90-b2df-72db6d99ef27', 'bob', 'bob', 'bob@example.com', 'bob@example.com', '$argon2id$v=19$m=1024,t=1,p=1$iLqFi+gZRdNZBcHvsJwPCw$VCge6GrrwAcWgXf5kXBbnoS/Q5UPTveJir056710gpU', '[]', 1795701861048, 1795701861048, 1795701861042, 1795701860855, 1795701861048);
INSERT INTO public.hallpass_users VALUES ('01a2182b-e9d4-79d9-824a-ef9ae2a447f2', 'alice', 'alice', 'alice@example.com', 'alice@example.com', '$argon2id$v=19$m=1024,t=1,p=1$P6xpOOZnE5J2DMbgGTPiuA$LZpnvRMi7ycUPe0WhqKU+Qk03rx2W55lBsYSt5k7Klw', '["admin"]', NULL, 1795701861116, 1795701860996, 1795701860820, 1795701861116);
SELECT pg_catalog.setval('public.hallpass_revocations_seq_seq', 4, true);
ALTER TABLE ONLY public.hallpass_audit
    ADD CONSTRAINT hallpass_audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hallpass_clients
    ADD CONSTRAINT hallpass_clients_name_key UNIQUE (name);
ALTER TABLE ONLY public.hallpass_clients
    ADD CONSTRAINT hallpass_clients_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hallpass_counters
    ADD CONSTRAINT hallpass_counters_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.hallpass_migrations
    ADD CONSTRAINT hallpass_migrations_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.hallpass_revocations
    ADD CONSTRAINT hallpass_revocations_pkey1 PRIMARY KEY (seq);
ALTER TABLE ONLY public.hallpass_sessions
    ADD CONSTRAINT hallpass_sessions_family_hash_key UNIQUE (family_hash);
ALTER TABLE ONLY public.hallpass_sessions
    ADD CONSTRAINT hallpass_sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hallpass_signing_keys
    ADD CONSTRAINT hallpass_signing_keys_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.hallpass_users
    ADD CONSTRAINT hallpass_users_email_normal_key UNIQUE (email_normal);
ALTER TABLE ONLY public.hallpass_users
    ADD CONSTRAINT hallpass_users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hallpass_users
    ADD CONSTRAINT hallpass_users_username_normal_key UNIQUE (username_normal);
CREATE INDEX hallpass_audit_user ON public.hallpass_audit USING btree (user_id, id);
CREATE INDEX hallpass_counters_expiry ON public.hallpass_counters USING btree (expire);
CREATE INDEX hallpass_revocations_expiry ON public.hallpass_revocations USING btree (expires_at);
CREATE INDEX hallpass_revocations_name ON public.hallpass_revocations USING btree (id, kind);
CREATE INDEX hallpass_revocations_xid ON public.hallpass_revocations USING btree (xid);
CREATE INDEX hallpass_sessions_ended ON public.hallpass_sessions USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX hallpass_sessions_user ON public.hallpass_sessions USING btree (user_id);
CREATE UNIQUE INDEX hallpass_signing_keys_active ON public.hallpass_signing_keys USING btree (algorithm) WHERE (state = 'active'::text);
CREATE UNIQUE INDEX hallpass_signing_keys_next ON public.hallpass_signing_keys USING btree (algorithm) WHERE (state = 'next'::text);
CREATE TRIGGER hallpass_revocations_notify AFTER INSERT ON public.hallpass_revocations FOR EACH STATEMENT EXECUTE FUNCTION public.hallpass_notify();
CREATE TRIGGER hallpass_signing_keys_notify AFTER INSERT OR UPDATE ON public.hallpass_signing_keys FOR EACH STATEMENT EXECUTE FUNCTION public.hallpass_notify();
ALTER TABLE ONLY public.hallpass_sessions
    ADD CONSTRAINT hallpass_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.hallpass_users(id) ON DELETE CASCADE;
