--
-- PostgreSQL database dump
--
-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4
--
-- Name: claim_credit_entry(); Type: FUNCTION; Schema: public; Owner: -
--
CREATE FUNCTION public.claim_credit_entry() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN
            NEW.account_type := 'user';
            NEW.account_id := NEW.user_id;
            RETURN NEW;
        END $$;
--
-- Name: refuse_ledger_rewrite(); Type: FUNCTION; Schema: public; Owner: -
--
CREATE FUNCTION public.refuse_ledger_rewrite() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN
            RAISE EXCEPTION 'Rows of credit_transactions are never changed or deleted; a correction is a new row.' USING ERRCODE = 'restrict_violation';
        END $$;
--
-- Name: total_credit_entry(); Type: FUNCTION; Schema: public; Owner: -
--
CREATE FUNCTION public.total_credit_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$ BEGIN INSERT INTO fltr_quarter_totals (account_type, account_id, quarter, type, operation, api_key_id, dataset_id, user_id, entries, amount) SELECT COALESCE(CAST(account_type AS text), 'user') AS account_type, COALESCE(CAST(account_id AS text), CAST(user_id AS text)) AS account_id, to_timestamp(floor(extract(epoch FROM created_at) / 900) * 900) AS quarter, CAST(type AS text) AS type, COALESCE(CAST(operation AS text), '') AS operation, COALESCE(CAST(api_key_id AS text), '') AS api_key_id, COALESCE(CAST(dataset_id AS text), '') AS dataset_id, CAST(user_id AS text) AS user_id, COUNT(*) AS entries, SUM(amount) AS amount FROM added WHERE true GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8 ON CONFLICT (account_type, account_id, quarter, type, operation, api_key_id, dataset_id, user_id) DO UPDATE SET entries = fltr_quarter_totals.entries + excluded.entries, amount = fltr_quarter_totals.amount + excluded.amount; INSERT INTO fltr_day_totals (account_type, account_id, day, type, operation, entries, amount) SELECT COALESCE(CAST(account_type AS text), 'user') AS account_type, COALESCE(CAST(account_id AS text), CAST(user_id AS text)) AS account_id, DATE '1970-01-01' + floor(extract(epoch FROM created_at) / 86400)::integer AS day, CAST(type AS text) AS type, COALESCE(CAST(operation AS text), '') AS operation, COUNT(*) AS entries, SUM(amount) AS amount FROM added WHERE true GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 ON CONFLICT (account_type, account_id, day, type, operation) DO UPDATE SET entries = fltr_day_totals.entries + excluded.entries, amount = fltr_day_totals.amount + excluded.amount; IF EXISTS (SELECT FROM added WHERE api_key_id IS NOT NULL AND CAST(type AS text) IN ('usage', 'refund')) THEN INSERT INTO fltr_key_totals (api_key_id, day, entries, amount) SELECT COALESCE(CAST(api_key_id AS text), '') AS api_key_id, DATE '1970-01-01' + floor(extract(epoch FROM created_at) / 86400)::integer AS day, COUNT(*) AS entries, SUM(amount) AS amount FROM added WHERE true AND api_key_id IS NOT NULL AND CAST(type AS text) IN ('usage', 'refund') GROUP BY 1, 2 ORDER BY 1, 2 ON CONFLICT (api_key_id, day) DO UPDATE SET entries = fltr_key_totals.entries + excluded.entries, amount = fltr_key_totals.amount + excluded.amount; END IF; RETURN NULL; END $$;
--
-- Name: accounts; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.accounts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    account_id text NOT NULL,
    provider_id text NOT NULL,
    user_id uuid NOT NULL,
    access_token text,
    refresh_token text,
    id_token text,
    access_token_expires_at timestamp without time zone,
    refresh_token_expires_at timestamp without time zone,
    scope text,
    password text,
    created_at timestamp without time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone NOT NULL
);
--
-- Name: api_key_credits; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.api_key_credits (
    api_key text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id text NOT NULL,
    team_id text,
    credits integer,
    daily_limit integer,
    monthly_limit integer,
    name text DEFAULT ''::text NOT NULL,
    prefix text DEFAULT ''::text NOT NULL,
    scopes jsonb,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT api_key_balance_not_negative CHECK (((credits IS NULL) OR (credits >= 0))),
    CONSTRAINT api_key_numbers_whole CHECK (((credits = credits) AND (daily_limit = daily_limit) AND (monthly_limit = monthly_limit)))
);
--
-- Name: credit_transactions; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.credit_transactions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id text NOT NULL,
    team_id text,
    amount integer NOT NULL,
    type text NOT NULL,
    operation text,
    resource_id text,
    api_key_id text,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    account_type text,
    account_id text,
    idempotency_key text,
    balance_after integer,
    refund_of text,
    dataset_id text
);
--
-- Name: django_migrations; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
--
-- Name: django_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: fltr_day_totals; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.fltr_day_totals (
    entries bigint NOT NULL,
    amount bigint NOT NULL,
    account_type text NOT NULL,
    account_id text NOT NULL,
    day date NOT NULL,
    type text NOT NULL,
    operation text NOT NULL
);
--
-- Name: fltr_key_totals; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.fltr_key_totals (
    entries bigint NOT NULL,
    amount bigint NOT NULL,
    api_key_id text NOT NULL,
    day date NOT NULL
);
--
-- Name: fltr_quarter_totals; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.fltr_quarter_totals (
    entries bigint NOT NULL,
    amount bigint NOT NULL,
    account_type text NOT NULL,
    account_id text NOT NULL,
    quarter timestamp with time zone NOT NULL,
    type text NOT NULL,
    operation text NOT NULL,
    api_key_id text NOT NULL,
    dataset_id text NOT NULL,
    user_id text NOT NULL
);
--
-- Name: fltr_verifications; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.fltr_verifications (
    id uuid NOT NULL,
    finished_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    until timestamp with time zone NOT NULL,
    rows bigint NOT NULL
);
--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.sessions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    expires_at timestamp without time zone NOT NULL,
    token text NOT NULL,
    created_at timestamp without time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    ip_address text,
    user_agent text,
    user_id uuid NOT NULL
);
--
-- Name: subscriptions; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.subscriptions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    plan text NOT NULL,
    reference_id text NOT NULL,
    stripe_customer_id text,
    stripe_subscription_id text,
    status text DEFAULT 'incomplete'::text NOT NULL,
    period_start timestamp without time zone,
    period_end timestamp without time zone,
    trial_start timestamp without time zone,
    trial_end timestamp without time zone,
    cancel_at_period_end boolean DEFAULT false,
    cancel_at timestamp without time zone,
    canceled_at timestamp without time zone,
    ended_at timestamp without time zone,
    seats integer,
    billing_interval text,
    stripe_schedule_id text
);
--
-- Name: teams; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.teams (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    credits integer DEFAULT 0 NOT NULL,
    owner_id character varying(36) NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT team_balance_not_negative CHECK ((credits >= 0)),
    CONSTRAINT team_balance_whole CHECK ((credits = credits))
);
--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    email_verified boolean DEFAULT false NOT NULL,
    image text,
    created_at timestamp without time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone DEFAULT now() NOT NULL,
    credits integer DEFAULT 0 NOT NULL,
    total_credits_purchased integer DEFAULT 0 NOT NULL,
    team_id text,
    stripe_customer_id text
);
--
-- Name: verifications; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.verifications (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    identifier text NOT NULL,
    value text NOT NULL,
    expires_at timestamp without time zone NOT NULL,
    created_at timestamp without time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone DEFAULT now() NOT NULL
);
--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: api_key_credits; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.api_key_credits VALUES ('898fc79d670c37054e81cc5eb6aa475fdf84692869c9dfb7130ae59f3ca72bce', 'b165d915-2c4e-462b-b97c-a2860abdee27', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 10, 5, NULL, 'A pool', 'fltr_sk_kfA9Yb', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.544855+00', '2026-11-28 00:19:04.564752+00');
INSERT INTO public.api_key_credits VALUES ('3fcac4c043e555895118b3d7fc7cb61fe9f912971019e00a0f15b5d5e661c254', '2e26ab13-582b-409d-a679-7a8fb204d78e', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, NULL, NULL, NULL, 'Revoked', 'fltr_sk_3Ezezm', NULL, NULL, '2026-11-28 00:19:04.658017+00', NULL, '2026-11-28 00:19:04.604965+00', '2026-11-28 00:19:04.658017+00');
--
-- Data for Name: credit_transactions; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.credit_transactions VALUES ('524d39f2-9c10-4b1d-aa9b-35c1f0ec7332', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 100, 'bonus', NULL, NULL, NULL, NULL, '2026-11-28 00:19:02.678879+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'first-credits', 100, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('6d887fae-b56f-4197-ab22-56484778db55', '7b8af60a-c24e-4be8-97b5-8b487fb37891', NULL, 100, 'bonus', NULL, NULL, NULL, NULL, '2026-11-28 00:19:02.693925+00', 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', 'first-credits', 100, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('2f8d9a85-e426-4f24-aaa4-d60d4fb2df45', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -2, 'usage', 'dataset_create', '341affe0-c5d1-489c-9b28-d768f6481c6b', NULL, NULL, '2026-11-28 00:19:03.96641+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'dataset_create:341affe0-c5d1-489c-9b28-d768f6481c6b', 98, NULL, '341affe0-c5d1-489c-9b28-d768f6481c6b');
INSERT INTO public.credit_transactions VALUES ('5cb0da7e-82c1-45f5-975f-6e007061df6e', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -2, 'usage', 'dataset_create', 'f7ffbf93-8e27-47a4-8181-e1641971c128', NULL, NULL, '2026-11-28 00:19:04.017207+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'dataset_create:f7ffbf93-8e27-47a4-8181-e1641971c128', 96, NULL, 'f7ffbf93-8e27-47a4-8181-e1641971c128');
INSERT INTO public.credit_transactions VALUES ('7ab2c01f-4da6-48b1-a0d0-929083e53947', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -2, 'usage', 'document_upload', 'ade0ff0d-ec47-50d7-9515-8ff7bfeffbe0', NULL, NULL, '2026-11-28 00:19:04.138134+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'document_upload:ade0ff0d-ec47-50d7-9515-8ff7bfeffbe0:1', 94, NULL, '341affe0-c5d1-489c-9b28-d768f6481c6b');
INSERT INTO public.credit_transactions VALUES ('e8239e26-319a-434a-833b-d053326c11de', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -2, 'usage', 'document_upload', 'a0aa67db-5bb7-50cc-a338-d82ba79f2f8e', NULL, NULL, '2026-11-28 00:19:04.238116+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'document_upload:a0aa67db-5bb7-50cc-a338-d82ba79f2f8e:1', 92, NULL, '341affe0-c5d1-489c-9b28-d768f6481c6b');
INSERT INTO public.credit_transactions VALUES ('57d5ca09-556b-4c89-9cc8-b721c690c7ed', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -2, 'usage', 'document_upload', '72717dd2-f4d1-59f9-ab02-0e75e787bf99', NULL, NULL, '2026-11-28 00:19:04.33042+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'document_upload:72717dd2-f4d1-59f9-ab02-0e75e787bf99:1', 90, NULL, '341affe0-c5d1-489c-9b28-d768f6481c6b');
INSERT INTO public.credit_transactions VALUES ('974a3b54-0fb5-4fe9-8907-dbac11acd95a', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 2, 'refund', 'document_upload', '72717dd2-f4d1-59f9-ab02-0e75e787bf99', NULL, '{"reason": "The job was cancelled.", "error_type": "system_error"}', '2026-11-28 00:19:04.450193+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'refund:57d5ca09-556b-4c89-9cc8-b721c690c7ed', 92, '57d5ca09-556b-4c89-9cc8-b721c690c7ed', '341affe0-c5d1-489c-9b28-d768f6481c6b');
INSERT INTO public.credit_transactions VALUES ('69735d9f-bfb0-45d6-9ce0-c0db0e52d354', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 10, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.565805+00', 'api_key', 'b165d915-2c4e-462b-b97c-a2860abdee27', 'pool:b165d915-2c4e-462b-b97c-a2860abdee27', 10, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('3ff00471-903c-4dee-a366-403a93e6df66', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -10, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.567655+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'pool:b165d915-2c4e-462b-b97c-a2860abdee27', 82, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('9f212478-3564-4fe8-a7ea-96c71c298e35', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.621697+00', 'api_key', '2e26ab13-582b-409d-a679-7a8fb204d78e', 'pool:2e26ab13-582b-409d-a679-7a8fb204d78e', 3, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('4153fc34-82e9-4ca3-a0c9-15ab3a4e3e60', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.623104+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'pool:2e26ab13-582b-409d-a679-7a8fb204d78e', 79, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('4ca3c639-7d63-4783-a9e7-ec575b68c568', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.647221+00', 'api_key', '2e26ab13-582b-409d-a679-7a8fb204d78e', 'revoked:2e26ab13-582b-409d-a679-7a8fb204d78e', 0, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('c7eddb98-108b-474b-a26b-118ca60eefc5', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.651849+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'revoked:2e26ab13-582b-409d-a679-7a8fb204d78e', 82, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('c3216a5f-4e1f-4829-ba25-38a16215232a', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, 7, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.705615+00', 'team', 'f44037ea-4b11-44cb-a8bc-4c56232df637', 'team_credits:bf7e49a4-5fe4-437f-8ef2-8e1d60202540', 7, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('a6106aa1-1522-4680-99a5-16d5440d64dc', '89d636bc-9a58-4530-b24d-97b375b90577', NULL, -7, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:04.709561+00', 'user', '89d636bc-9a58-4530-b24d-97b375b90577', 'team_credits:bf7e49a4-5fe4-437f-8ef2-8e1d60202540', 75, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('0dfb168a-f805-4c08-9a10-402171889c46', '7b8af60a-c24e-4be8-97b5-8b487fb37891', NULL, -5, 'usage', 'hybrid_query', NULL, NULL, NULL, '2026-11-28 00:19:04.764179+00', 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', 'site:a question', 95, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('6cb73aa4-9a42-4db9-8720-1057cab1788b', '7b8af60a-c24e-4be8-97b5-8b487fb37891', NULL, 2, 'refund', 'hybrid_query', NULL, NULL, '{"reason": "", "error_type": "system_error"}', '2026-11-28 00:19:04.797896+00', 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', 'site:its refund', 97, '0dfb168a-f805-4c08-9a10-402171889c46', NULL);
--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.django_migrations VALUES (1, 'contenttypes', '0001_initial', '2026-11-28 00:18:56.876497+00');
INSERT INTO public.django_migrations VALUES (2, 'auth', '0001_initial', '2026-11-28 00:18:56.886947+00');
INSERT INTO public.django_migrations VALUES (3, 'admin', '0001_initial', '2026-11-28 00:18:56.894251+00');
INSERT INTO public.django_migrations VALUES (4, 'admin', '0002_logentry_remove_auto_add', '2026-11-28 00:18:56.900582+00');
INSERT INTO public.django_migrations VALUES (5, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-28 00:18:56.906512+00');
INSERT INTO public.django_migrations VALUES (6, 'contenttypes', '0002_remove_content_type_name', '2026-11-28 00:18:56.915308+00');
INSERT INTO public.django_migrations VALUES (7, 'auth', '0002_alter_permission_name_max_length', '2026-11-28 00:18:56.929044+00');
INSERT INTO public.django_migrations VALUES (8, 'auth', '0003_alter_user_email_max_length', '2026-11-28 00:18:56.938744+00');
INSERT INTO public.django_migrations VALUES (9, 'auth', '0004_alter_user_username_opts', '2026-11-28 00:18:56.962078+00');
INSERT INTO public.django_migrations VALUES (10, 'auth', '0005_alter_user_last_login_null', '2026-11-28 00:18:56.993677+00');
INSERT INTO public.django_migrations VALUES (11, 'auth', '0006_require_contenttypes_0002', '2026-11-28 00:18:56.99499+00');
INSERT INTO public.django_migrations VALUES (12, 'auth', '0007_alter_validators_add_error_messages', '2026-11-28 00:18:57.016079+00');
INSERT INTO public.django_migrations VALUES (13, 'auth', '0008_alter_user_username_max_length', '2026-11-28 00:18:57.042834+00');
INSERT INTO public.django_migrations VALUES (14, 'auth', '0009_alter_user_last_name_max_length', '2026-11-28 00:18:57.063899+00');
INSERT INTO public.django_migrations VALUES (15, 'auth', '0010_alter_group_name_max_length', '2026-11-28 00:18:57.07955+00');
INSERT INTO public.django_migrations VALUES (16, 'auth', '0011_update_proxy_permissions', '2026-11-28 00:18:57.089979+00');
INSERT INTO public.django_migrations VALUES (17, 'auth', '0012_alter_user_first_name_max_length', '2026-11-28 00:18:57.122123+00');
INSERT INTO public.django_migrations VALUES (18, 'authbridge', '0001_initial', '2026-11-28 00:18:57.134722+00');
INSERT INTO public.django_migrations VALUES (19, 'credits', '0001_initial', '2026-11-28 00:18:57.274538+00');
INSERT INTO public.django_migrations VALUES (20, 'credits', '0002_append_only', '2026-11-28 00:18:57.309961+00');
INSERT INTO public.django_migrations VALUES (21, 'credits', '0003_whole_credits', '2026-11-28 00:18:57.551044+00');
INSERT INTO public.django_migrations VALUES (22, 'credits', '0004_adjustments', '2026-11-28 00:18:57.56475+00');
INSERT INTO public.django_migrations VALUES (23, 'credits', '0005_totals', '2026-11-28 00:18:57.659508+00');
INSERT INTO public.django_migrations VALUES (24, 'credits', '0006_totals_kept', '2026-11-28 00:18:57.769909+00');
INSERT INTO public.django_migrations VALUES (25, 'credits', '0007_ledger_indexes', '2026-11-28 00:18:57.84474+00');
INSERT INTO public.django_migrations VALUES (26, 'datasets', '0001_initial', '2026-11-28 00:18:58.029515+00');
INSERT INTO public.django_migrations VALUES (27, 'datasets', '0002_chores', '2026-11-28 00:18:58.056776+00');
INSERT INTO public.django_migrations VALUES (28, 'datasets', '0003_fair_queue', '2026-11-28 00:18:58.232283+00');
INSERT INTO public.django_migrations VALUES (29, 'datasets', '0004_document_counters', '2026-11-28 00:18:58.302423+00');
INSERT INTO public.django_migrations VALUES (30, 'fltr_project', '0001_initial', '2026-11-28 00:18:58.311912+00');
INSERT INTO public.django_migrations VALUES (31, 'sessions', '0001_initial', '2026-11-28 00:18:58.31978+00');
--
-- Data for Name: fltr_day_totals; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.fltr_day_totals VALUES (1, 100, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28', 'bonus', '');
INSERT INTO public.fltr_day_totals VALUES (1, 100, 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', '2026-11-28', 'bonus', '');
INSERT INTO public.fltr_day_totals VALUES (2, -4, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28', 'usage', 'dataset_create');
INSERT INTO public.fltr_day_totals VALUES (3, -6, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28', 'usage', 'document_upload');
INSERT INTO public.fltr_day_totals VALUES (1, 2, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28', 'refund', 'document_upload');
INSERT INTO public.fltr_day_totals VALUES (1, 10, 'api_key', 'b165d915-2c4e-462b-b97c-a2860abdee27', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (2, 0, 'api_key', '2e26ab13-582b-409d-a679-7a8fb204d78e', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (1, 7, 'team', 'f44037ea-4b11-44cb-a8bc-4c56232df637', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (4, -17, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (1, -5, 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', '2026-11-28', 'usage', 'hybrid_query');
INSERT INTO public.fltr_day_totals VALUES (1, 2, 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', '2026-11-28', 'refund', 'hybrid_query');
--
-- Data for Name: fltr_key_totals; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: fltr_quarter_totals; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.fltr_quarter_totals VALUES (1, 100, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28 00:15:00+00', 'bonus', '', '', '', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (1, 100, 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', '2026-11-28 00:15:00+00', 'bonus', '', '', '', '7b8af60a-c24e-4be8-97b5-8b487fb37891');
INSERT INTO public.fltr_quarter_totals VALUES (1, -2, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28 00:15:00+00', 'usage', 'dataset_create', '', '341affe0-c5d1-489c-9b28-d768f6481c6b', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (1, -2, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28 00:15:00+00', 'usage', 'dataset_create', '', 'f7ffbf93-8e27-47a4-8181-e1641971c128', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (3, -6, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28 00:15:00+00', 'usage', 'document_upload', '', '341affe0-c5d1-489c-9b28-d768f6481c6b', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (1, 2, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28 00:15:00+00', 'refund', 'document_upload', '', '341affe0-c5d1-489c-9b28-d768f6481c6b', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (1, 10, 'api_key', 'b165d915-2c4e-462b-b97c-a2860abdee27', '2026-11-28 00:15:00+00', 'transfer', '', '', '', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (2, 0, 'api_key', '2e26ab13-582b-409d-a679-7a8fb204d78e', '2026-11-28 00:15:00+00', 'transfer', '', '', '', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (1, 7, 'team', 'f44037ea-4b11-44cb-a8bc-4c56232df637', '2026-11-28 00:15:00+00', 'transfer', '', '', '', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (4, -17, 'user', '89d636bc-9a58-4530-b24d-97b375b90577', '2026-11-28 00:15:00+00', 'transfer', '', '', '', '89d636bc-9a58-4530-b24d-97b375b90577');
INSERT INTO public.fltr_quarter_totals VALUES (1, -5, 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', '2026-11-28 00:15:00+00', 'usage', 'hybrid_query', '', '', '7b8af60a-c24e-4be8-97b5-8b487fb37891');
INSERT INTO public.fltr_quarter_totals VALUES (1, 2, 'user', '7b8af60a-c24e-4be8-97b5-8b487fb37891', '2026-11-28 00:15:00+00', 'refund', 'hybrid_query', '', '', '7b8af60a-c24e-4be8-97b5-8b487fb37891');
--
-- Data for Name: fltr_verifications; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.sessions VALUES ('41496e96-ccba-44b3-bd41-780b57f90f6b', '2026-11-28 01:19:02.700945', '12a18ce65766489fba27da5089272691', '2026-11-28 00:19:02.700945', '2026-11-28 00:19:02.700945', NULL, NULL, '89d636bc-9a58-4530-b24d-97b375b90577');
--
-- Data for Name: subscriptions; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: teams; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.teams VALUES ('f44037ea-4b11-44cb-a8bc-4c56232df637', 'Chemists', 7, '89d636bc-9a58-4530-b24d-97b375b90577', NULL, '2026-11-28 00:19:04.672925+00', '2026-11-28 00:19:04.704677+00');
--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.users VALUES ('89d636bc-9a58-4530-b24d-97b375b90577', 'Alice', 'alice-89d636bc@example.com', false, NULL, '2026-11-28 00:19:02.647036', '2026-11-28 00:19:04.708943', 75, 0, 'f44037ea-4b11-44cb-a8bc-4c56232df637', NULL);
INSERT INTO public.users VALUES ('7b8af60a-c24e-4be8-97b5-8b487fb37891', 'Bob', 'bob-7b8af60a@example.com', false, NULL, '2026-11-28 00:19:02.689189', '2026-11-28 00:19:04.79714', 97, 0, NULL, NULL);
--
-- Data for Name: verifications; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.django_migrations_id_seq', 31, true);
--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
--
-- Name: api_key_credits api_key_credits_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.api_key_credits
    ADD CONSTRAINT api_key_credits_id_key UNIQUE (id);
--
-- Name: api_key_credits api_key_credits_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.api_key_credits
    ADD CONSTRAINT api_key_credits_pkey PRIMARY KEY (api_key);
--
-- Name: credit_transactions credit_entry_key_once_per_account; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.credit_transactions
    ADD CONSTRAINT credit_entry_key_once_per_account UNIQUE (account_type, account_id, idempotency_key);
--
-- Name: credit_transactions credit_transactions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.credit_transactions
    ADD CONSTRAINT credit_transactions_pkey PRIMARY KEY (id);
--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
--
-- Name: fltr_day_totals fltr_day_totals_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.fltr_day_totals
    ADD CONSTRAINT fltr_day_totals_pkey PRIMARY KEY (account_type, account_id, day, type, operation);
--
-- Name: fltr_key_totals fltr_key_totals_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.fltr_key_totals
    ADD CONSTRAINT fltr_key_totals_pkey PRIMARY KEY (api_key_id, day);
--
-- Name: fltr_quarter_totals fltr_quarter_totals_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.fltr_quarter_totals
    ADD CONSTRAINT fltr_quarter_totals_pkey PRIMARY KEY (account_type, account_id, quarter, type, operation, api_key_id, dataset_id, user_id);
--
-- Name: fltr_verifications fltr_verifications_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.fltr_verifications
    ADD CONSTRAINT fltr_verifications_pkey PRIMARY KEY (id);
--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
--
-- Name: sessions sessions_token_key; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_token_key UNIQUE (token);
--
-- Name: subscriptions subscriptions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (id);
--
-- Name: teams teams_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (id);
--
-- Name: users users_email_key; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
--
-- Name: verifications verifications_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.verifications
    ADD CONSTRAINT verifications_pkey PRIMARY KEY (id);
--
-- Name: accounts_userId_idx; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX "accounts_userId_idx" ON public.accounts USING btree (user_id);
--
-- Name: api_key_by_user; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX api_key_by_user ON public.api_key_credits USING btree (user_id, created_at);
--
-- Name: api_key_credits_api_key_c54b8211_like; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX api_key_credits_api_key_c54b8211_like ON public.api_key_credits USING btree (api_key text_pattern_ops);
--
-- Name: credit_entry_by_account; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_account ON public.credit_transactions USING btree (account_type, account_id, created_at DESC, id DESC);
--
-- Name: credit_entry_by_key; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_key ON public.credit_transactions USING btree (api_key_id, created_at) WHERE (api_key_id IS NOT NULL);
--
-- Name: credit_entry_by_operation; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_operation ON public.credit_transactions USING btree (account_type, account_id, operation, created_at DESC, id DESC);
--
-- Name: credit_entry_by_refund_of; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_refund_of ON public.credit_transactions USING btree (refund_of) WHERE (refund_of IS NOT NULL);
--
-- Name: credit_entry_by_resource; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_resource ON public.credit_transactions USING btree (resource_id) WHERE (resource_id IS NOT NULL);
--
-- Name: credit_entry_by_time; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_time ON public.credit_transactions USING btree (created_at DESC, id DESC);
--
-- Name: credit_entry_by_type; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_type ON public.credit_transactions USING btree (account_type, account_id, type, created_at DESC, id DESC) WHERE (NOT (type = 'usage'::text));
--
-- Name: credit_entry_by_user; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_by_user ON public.credit_transactions USING btree (user_id, created_at);
--
-- Name: credit_entry_of_type; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX credit_entry_of_type ON public.credit_transactions USING btree (type, created_at DESC, id DESC) WHERE (NOT (type = 'usage'::text));
--
-- Name: sessions_userId_idx; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX "sessions_userId_idx" ON public.sessions USING btree (user_id);
--
-- Name: verifications_identifier_idx; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX verifications_identifier_idx ON public.verifications USING btree (identifier);
--
-- Name: credit_transactions credit_entries_are_kept; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER credit_entries_are_kept BEFORE DELETE OR UPDATE ON public.credit_transactions FOR EACH ROW EXECUTE FUNCTION public.refuse_ledger_rewrite();
--
-- Name: credit_transactions credit_entries_are_not_truncated; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER credit_entries_are_not_truncated BEFORE TRUNCATE ON public.credit_transactions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ledger_rewrite();
--
-- Name: credit_transactions credit_entries_are_somebodys; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER credit_entries_are_somebodys BEFORE INSERT ON public.credit_transactions FOR EACH ROW WHEN ((new.account_type IS NULL)) EXECUTE FUNCTION public.claim_credit_entry();
--
-- Name: credit_transactions credit_entries_are_totalled; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER credit_entries_are_totalled AFTER INSERT ON public.credit_transactions REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.total_credit_entry();
--
-- Name: accounts accounts_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
--
-- Name: sessions sessions_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
--
-- PostgreSQL database dump complete
--
