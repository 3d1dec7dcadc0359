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
-- Name: count_documents(); Type: FUNCTION; Schema: public; Owner: -
--
CREATE FUNCTION public.count_documents() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN UPDATE datasets SET document_count = datasets.document_count + change.document_count, documents_in_work = datasets.documents_in_work + change.documents_in_work, documents_failed = datasets.documents_failed + change.documents_failed, documents_answering = datasets.documents_answering + change.documents_answering FROM (SELECT dataset_id, SUM(document_count) AS document_count, SUM(documents_in_work) AS documents_in_work, SUM(documents_failed) AS documents_failed, SUM(documents_answering) AS documents_answering FROM (SELECT dataset_id, SUM((CASE WHEN lifecycle = 'active' THEN 1 ELSE 0 END)) AS document_count, SUM((CASE WHEN lifecycle = 'active' AND status IN ('pending', 'processing') THEN 1 ELSE 0 END)) AS documents_in_work, SUM((CASE WHEN lifecycle = 'active' AND status = 'failed' THEN 1 ELSE 0 END)) AS documents_failed, SUM((CASE WHEN lifecycle = 'active' AND (status = 'ready' OR version > 0) THEN 1 ELSE 0 END)) AS documents_answering FROM come GROUP BY dataset_id) AS rows GROUP BY dataset_id HAVING SUM(document_count) <> 0 OR SUM(documents_in_work) <> 0 OR SUM(documents_failed) <> 0 OR SUM(documents_answering) <> 0) AS change WHERE datasets.id = change.dataset_id;
        ELSIF TG_OP = 'DELETE' THEN UPDATE datasets SET document_count = datasets.document_count + change.document_count, documents_in_work = datasets.documents_in_work + change.documents_in_work, documents_failed = datasets.documents_failed + change.documents_failed, documents_answering = datasets.documents_answering + change.documents_answering FROM (SELECT dataset_id, SUM(document_count) AS document_count, SUM(documents_in_work) AS documents_in_work, SUM(documents_failed) AS documents_failed, SUM(documents_answering) AS documents_answering FROM (SELECT dataset_id, SUM(-(CASE WHEN lifecycle = 'active' THEN 1 ELSE 0 END)) AS document_count, SUM(-(CASE WHEN lifecycle = 'active' AND status IN ('pending', 'processing') THEN 1 ELSE 0 END)) AS documents_in_work, SUM(-(CASE WHEN lifecycle = 'active' AND status = 'failed' THEN 1 ELSE 0 END)) AS documents_failed, SUM(-(CASE WHEN lifecycle = 'active' AND (status = 'ready' OR version > 0) THEN 1 ELSE 0 END)) AS documents_answering FROM gone GROUP BY dataset_id) AS rows GROUP BY dataset_id HAVING SUM(document_count) <> 0 OR SUM(documents_in_work) <> 0 OR SUM(documents_failed) <> 0 OR SUM(documents_answering) <> 0) AS change WHERE datasets.id = change.dataset_id;
        ELSE UPDATE datasets SET document_count = datasets.document_count + change.document_count, documents_in_work = datasets.documents_in_work + change.documents_in_work, documents_failed = datasets.documents_failed + change.documents_failed, documents_answering = datasets.documents_answering + change.documents_answering FROM (SELECT dataset_id, SUM(document_count) AS document_count, SUM(documents_in_work) AS documents_in_work, SUM(documents_failed) AS documents_failed, SUM(documents_answering) AS documents_answering FROM (SELECT dataset_id, SUM((CASE WHEN lifecycle = 'active' THEN 1 ELSE 0 END)) AS document_count, SUM((CASE WHEN lifecycle = 'active' AND status IN ('pending', 'processing') THEN 1 ELSE 0 END)) AS documents_in_work, SUM((CASE WHEN lifecycle = 'active' AND status = 'failed' THEN 1 ELSE 0 END)) AS documents_failed, SUM((CASE WHEN lifecycle = 'active' AND (status = 'ready' OR version > 0) THEN 1 ELSE 0 END)) AS documents_answering FROM come GROUP BY dataset_id UNION ALL SELECT dataset_id, SUM(-(CASE WHEN lifecycle = 'active' THEN 1 ELSE 0 END)) AS document_count, SUM(-(CASE WHEN lifecycle = 'active' AND status IN ('pending', 'processing') THEN 1 ELSE 0 END)) AS documents_in_work, SUM(-(CASE WHEN lifecycle = 'active' AND status = 'failed' THEN 1 ELSE 0 END)) AS documents_failed, SUM(-(CASE WHEN lifecycle = 'active' AND (status = 'ready' OR version > 0) THEN 1 ELSE 0 END)) AS documents_answering FROM gone GROUP BY dataset_id) AS rows GROUP BY dataset_id HAVING SUM(document_count) <> 0 OR SUM(documents_in_work) <> 0 OR SUM(documents_failed) <> 0 OR SUM(documents_answering) <> 0) AS change WHERE datasets.id = change.dataset_id;
        END IF; RETURN NULL; END $$;
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
-- Name: auth_group; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
--
-- Name: auth_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: auth_group_permissions; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: auth_permission; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
--
-- Name: auth_permission_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: auth_user; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.auth_user (
    id integer NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);
--
-- Name: auth_user_groups; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.auth_user_groups (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL
);
--
-- Name: auth_user_groups_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.auth_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: auth_user_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.auth_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: auth_user_user_permissions; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.auth_user_user_permissions (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    permission_id integer NOT NULL
);
--
-- Name: auth_user_user_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.auth_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: chore_runs; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.chore_runs (
    name character varying(64) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    outcome character varying(500) NOT NULL,
    error character varying(500) NOT NULL
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
-- Name: datasets; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.datasets (
    payer_type character varying(16) NOT NULL,
    payer_id character varying(36) NOT NULL,
    payer_user_id character varying(36) NOT NULL,
    api_key_id character varying(36),
    price integer NOT NULL,
    charge_key character varying(255) NOT NULL,
    transaction_id character varying(36),
    refund_due boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    name character varying(200) NOT NULL,
    slug character varying(80) NOT NULL,
    description text NOT NULL,
    category character varying(100) NOT NULL,
    visibility character varying(16) NOT NULL,
    status character varying(16) NOT NULL,
    lifecycle character varying(16) NOT NULL,
    collection_name character varying(100) NOT NULL,
    document_count integer NOT NULL,
    embedding_model character varying(100) NOT NULL,
    embedding_dimension integer NOT NULL,
    pricing_model character varying(50),
    price_monthly numeric(10,2),
    price_annual numeric(10,2),
    rating_average double precision,
    download_count integer NOT NULL,
    metadata jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    owner_missed_at timestamp with time zone,
    documents_in_work integer DEFAULT 0 NOT NULL,
    documents_failed integer DEFAULT 0 NOT NULL,
    documents_answering integer DEFAULT 0 NOT NULL,
    CONSTRAINT datasets_document_count_check CHECK ((document_count >= 0)),
    CONSTRAINT datasets_documents_answering_check CHECK ((documents_answering >= 0)),
    CONSTRAINT datasets_documents_failed_check CHECK ((documents_failed >= 0)),
    CONSTRAINT datasets_documents_in_work_check CHECK ((documents_in_work >= 0)),
    CONSTRAINT datasets_download_count_check CHECK ((download_count >= 0)),
    CONSTRAINT datasets_embedding_dimension_check CHECK ((embedding_dimension >= 0)),
    CONSTRAINT datasets_price_check CHECK ((price >= 0))
);
--
-- Name: django_admin_log; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id integer NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
--
-- Name: django_admin_log_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: django_content_type; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
--
-- Name: django_content_type_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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
-- Name: django_session; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
--
-- Name: documents; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.documents (
    id uuid NOT NULL,
    filename character varying(255) NOT NULL,
    object_key character varying(255) NOT NULL,
    file_size bigint NOT NULL,
    mime_type character varying(150) NOT NULL,
    content_hash character varying(64) NOT NULL,
    dedupe_key character varying(64),
    status character varying(16) NOT NULL,
    lifecycle character varying(16) NOT NULL,
    version integer NOT NULL,
    attempt integer NOT NULL,
    chunk_count integer NOT NULL,
    error jsonb,
    metadata jsonb NOT NULL,
    credits_charged integer NOT NULL,
    processing_time_ms integer,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    processed_at timestamp with time zone,
    dataset_id uuid NOT NULL,
    CONSTRAINT documents_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT documents_chunk_count_check CHECK ((chunk_count >= 0)),
    CONSTRAINT documents_credits_charged_check CHECK ((credits_charged >= 0)),
    CONSTRAINT documents_file_size_check CHECK ((file_size >= 0)),
    CONSTRAINT documents_processing_time_ms_check CHECK ((processing_time_ms >= 0)),
    CONSTRAINT documents_version_check CHECK ((version >= 0))
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
-- Name: idempotent_requests; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.idempotent_requests (
    id bigint NOT NULL,
    caller character varying(80) NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    operation_id uuid NOT NULL,
    process character varying(100) NOT NULL,
    running_until timestamp with time zone,
    status smallint,
    body jsonb,
    headers jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotent_requests_status_check CHECK ((status >= 0))
);
--
-- Name: idempotent_requests_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--
ALTER TABLE public.idempotent_requests ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.idempotent_requests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
--
-- Name: pending_answers; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.pending_answers (
    payer_type character varying(16) NOT NULL,
    payer_id character varying(36) NOT NULL,
    payer_user_id character varying(36) NOT NULL,
    api_key_id character varying(36),
    price integer NOT NULL,
    charge_key character varying(255) NOT NULL,
    transaction_id character varying(36),
    refund_due boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT pending_answers_price_check CHECK ((price >= 0))
);
--
-- Name: processing_jobs; Type: TABLE; Schema: public; Owner: -
--
CREATE TABLE public.processing_jobs (
    payer_type character varying(16) NOT NULL,
    payer_id character varying(36) NOT NULL,
    payer_user_id character varying(36) NOT NULL,
    api_key_id character varying(36),
    price integer NOT NULL,
    charge_key character varying(255) NOT NULL,
    transaction_id character varying(36),
    refund_due boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    task_id character varying(100) NOT NULL,
    kind character varying(16) NOT NULL,
    status character varying(16) NOT NULL,
    stage character varying(32) NOT NULL,
    progress double precision NOT NULL,
    version integer NOT NULL,
    retries integer NOT NULL,
    error jsonb,
    leased_by character varying(64) NOT NULL,
    lease_until timestamp with time zone,
    run_after timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    dataset_id uuid NOT NULL,
    document_id uuid,
    chunks_planned integer DEFAULT 0 NOT NULL,
    chunks_written integer DEFAULT 0 NOT NULL,
    fence integer DEFAULT 0 NOT NULL,
    turn bigint DEFAULT 0 NOT NULL,
    whose character varying(64) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT processing_jobs_chunks_planned_check CHECK ((chunks_planned >= 0)),
    CONSTRAINT processing_jobs_chunks_written_check CHECK ((chunks_written >= 0)),
    CONSTRAINT processing_jobs_fence_check CHECK ((fence >= 0)),
    CONSTRAINT processing_jobs_price_check CHECK ((price >= 0)),
    CONSTRAINT processing_jobs_retries_check CHECK ((retries >= 0)),
    CONSTRAINT processing_jobs_version_check CHECK ((version >= 0))
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
INSERT INTO public.api_key_credits VALUES ('683e8883ce95b8d4d9d602a79fb4d63da495f0c0155f78295b6f35ad4366d674', '60dd1daf-4a23-4c19-bda6-3ea788c82a9b', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 10, 5, NULL, 'A pool', 'fltr_sk_ymmOL0', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.905133+00', '2026-11-28 00:19:12.913497+00');
INSERT INTO public.api_key_credits VALUES ('79e9aee5df7881f371e2925ee27fc857b6b25448d7a0592c0b807e6aa37d2a96', 'f2861b97-a9ad-4183-8663-8cad4b9e7185', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, NULL, NULL, NULL, 'Revoked', 'fltr_sk_J9tSpr', NULL, NULL, '2026-11-28 00:19:12.961491+00', NULL, '2026-11-28 00:19:12.932679+00', '2026-11-28 00:19:12.961491+00');
--
-- Data for Name: auth_group; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: auth_group_permissions; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: auth_permission; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.auth_permission VALUES (1, 'Can add log entry', 1, 'add_logentry');
INSERT INTO public.auth_permission VALUES (2, 'Can change log entry', 1, 'change_logentry');
INSERT INTO public.auth_permission VALUES (3, 'Can delete log entry', 1, 'delete_logentry');
INSERT INTO public.auth_permission VALUES (4, 'Can view log entry', 1, 'view_logentry');
INSERT INTO public.auth_permission VALUES (5, 'Can add permission', 2, 'add_permission');
INSERT INTO public.auth_permission VALUES (6, 'Can change permission', 2, 'change_permission');
INSERT INTO public.auth_permission VALUES (7, 'Can delete permission', 2, 'delete_permission');
INSERT INTO public.auth_permission VALUES (8, 'Can view permission', 2, 'view_permission');
INSERT INTO public.auth_permission VALUES (9, 'Can add group', 3, 'add_group');
INSERT INTO public.auth_permission VALUES (10, 'Can change group', 3, 'change_group');
INSERT INTO public.auth_permission VALUES (11, 'Can delete group', 3, 'delete_group');
INSERT INTO public.auth_permission VALUES (12, 'Can view group', 3, 'view_group');
INSERT INTO public.auth_permission VALUES (13, 'Can add user', 4, 'add_user');
INSERT INTO public.auth_permission VALUES (14, 'Can change user', 4, 'change_user');
INSERT INTO public.auth_permission VALUES (15, 'Can delete user', 4, 'delete_user');
INSERT INTO public.auth_permission VALUES (16, 'Can view user', 4, 'view_user');
INSERT INTO public.auth_permission VALUES (17, 'Can add content type', 5, 'add_contenttype');
INSERT INTO public.auth_permission VALUES (18, 'Can change content type', 5, 'change_contenttype');
INSERT INTO public.auth_permission VALUES (19, 'Can delete content type', 5, 'delete_contenttype');
INSERT INTO public.auth_permission VALUES (20, 'Can view content type', 5, 'view_contenttype');
INSERT INTO public.auth_permission VALUES (21, 'Can add session', 6, 'add_session');
INSERT INTO public.auth_permission VALUES (22, 'Can change session', 6, 'change_session');
INSERT INTO public.auth_permission VALUES (23, 'Can delete session', 6, 'delete_session');
INSERT INTO public.auth_permission VALUES (24, 'Can view session', 6, 'view_session');
INSERT INTO public.auth_permission VALUES (25, 'Can add account', 7, 'add_account');
INSERT INTO public.auth_permission VALUES (26, 'Can change account', 7, 'change_account');
INSERT INTO public.auth_permission VALUES (27, 'Can delete account', 7, 'delete_account');
INSERT INTO public.auth_permission VALUES (28, 'Can view account', 7, 'view_account');
INSERT INTO public.auth_permission VALUES (29, 'Can add session', 8, 'add_session');
INSERT INTO public.auth_permission VALUES (30, 'Can change session', 8, 'change_session');
INSERT INTO public.auth_permission VALUES (31, 'Can delete session', 8, 'delete_session');
INSERT INTO public.auth_permission VALUES (32, 'Can view session', 8, 'view_session');
INSERT INTO public.auth_permission VALUES (33, 'Can add subscription', 9, 'add_subscription');
INSERT INTO public.auth_permission VALUES (34, 'Can change subscription', 9, 'change_subscription');
INSERT INTO public.auth_permission VALUES (35, 'Can delete subscription', 9, 'delete_subscription');
INSERT INTO public.auth_permission VALUES (36, 'Can view subscription', 9, 'view_subscription');
INSERT INTO public.auth_permission VALUES (37, 'Can add user', 10, 'add_user');
INSERT INTO public.auth_permission VALUES (38, 'Can change user', 10, 'change_user');
INSERT INTO public.auth_permission VALUES (39, 'Can delete user', 10, 'delete_user');
INSERT INTO public.auth_permission VALUES (40, 'Can view user', 10, 'view_user');
INSERT INTO public.auth_permission VALUES (41, 'Can add verification', 11, 'add_verification');
INSERT INTO public.auth_permission VALUES (42, 'Can change verification', 11, 'change_verification');
INSERT INTO public.auth_permission VALUES (43, 'Can delete verification', 11, 'delete_verification');
INSERT INTO public.auth_permission VALUES (44, 'Can view verification', 11, 'view_verification');
INSERT INTO public.auth_permission VALUES (45, 'Can add API key', 12, 'add_apikeycredits');
INSERT INTO public.auth_permission VALUES (46, 'Can change API key', 12, 'change_apikeycredits');
INSERT INTO public.auth_permission VALUES (47, 'Can delete API key', 12, 'delete_apikeycredits');
INSERT INTO public.auth_permission VALUES (48, 'Can view API key', 12, 'view_apikeycredits');
INSERT INTO public.auth_permission VALUES (49, 'Can add credit transaction', 13, 'add_credittransaction');
INSERT INTO public.auth_permission VALUES (50, 'Can change credit transaction', 13, 'change_credittransaction');
INSERT INTO public.auth_permission VALUES (51, 'Can delete credit transaction', 13, 'delete_credittransaction');
INSERT INTO public.auth_permission VALUES (52, 'Can view credit transaction', 13, 'view_credittransaction');
INSERT INTO public.auth_permission VALUES (53, 'Can add team', 14, 'add_team');
INSERT INTO public.auth_permission VALUES (54, 'Can change team', 14, 'change_team');
INSERT INTO public.auth_permission VALUES (55, 'Can delete team', 14, 'delete_team');
INSERT INTO public.auth_permission VALUES (56, 'Can view team', 14, 'view_team');
INSERT INTO public.auth_permission VALUES (57, 'Can add quarter total', 15, 'add_quartertotal');
INSERT INTO public.auth_permission VALUES (58, 'Can change quarter total', 15, 'change_quartertotal');
INSERT INTO public.auth_permission VALUES (59, 'Can delete quarter total', 15, 'delete_quartertotal');
INSERT INTO public.auth_permission VALUES (60, 'Can view quarter total', 15, 'view_quartertotal');
INSERT INTO public.auth_permission VALUES (61, 'Can add day total', 16, 'add_daytotal');
INSERT INTO public.auth_permission VALUES (62, 'Can change day total', 16, 'change_daytotal');
INSERT INTO public.auth_permission VALUES (63, 'Can delete day total', 16, 'delete_daytotal');
INSERT INTO public.auth_permission VALUES (64, 'Can view day total', 16, 'view_daytotal');
INSERT INTO public.auth_permission VALUES (65, 'Can add key total', 17, 'add_keytotal');
INSERT INTO public.auth_permission VALUES (66, 'Can change key total', 17, 'change_keytotal');
INSERT INTO public.auth_permission VALUES (67, 'Can delete key total', 17, 'delete_keytotal');
INSERT INTO public.auth_permission VALUES (68, 'Can view key total', 17, 'view_keytotal');
INSERT INTO public.auth_permission VALUES (69, 'Can add ledger verification', 18, 'add_ledgerverification');
INSERT INTO public.auth_permission VALUES (70, 'Can change ledger verification', 18, 'change_ledgerverification');
INSERT INTO public.auth_permission VALUES (71, 'Can delete ledger verification', 18, 'delete_ledgerverification');
INSERT INTO public.auth_permission VALUES (72, 'Can view ledger verification', 18, 'view_ledgerverification');
INSERT INTO public.auth_permission VALUES (73, 'Can add dataset', 19, 'add_dataset');
INSERT INTO public.auth_permission VALUES (74, 'Can change dataset', 19, 'change_dataset');
INSERT INTO public.auth_permission VALUES (75, 'Can delete dataset', 19, 'delete_dataset');
INSERT INTO public.auth_permission VALUES (76, 'Can view dataset', 19, 'view_dataset');
INSERT INTO public.auth_permission VALUES (77, 'Can add document', 20, 'add_document');
INSERT INTO public.auth_permission VALUES (78, 'Can change document', 20, 'change_document');
INSERT INTO public.auth_permission VALUES (79, 'Can delete document', 20, 'delete_document');
INSERT INTO public.auth_permission VALUES (80, 'Can view document', 20, 'view_document');
INSERT INTO public.auth_permission VALUES (81, 'Can add pending answer', 21, 'add_pendinganswer');
INSERT INTO public.auth_permission VALUES (82, 'Can change pending answer', 21, 'change_pendinganswer');
INSERT INTO public.auth_permission VALUES (83, 'Can delete pending answer', 21, 'delete_pendinganswer');
INSERT INTO public.auth_permission VALUES (84, 'Can view pending answer', 21, 'view_pendinganswer');
INSERT INTO public.auth_permission VALUES (85, 'Can add processing job', 22, 'add_processingjob');
INSERT INTO public.auth_permission VALUES (86, 'Can change processing job', 22, 'change_processingjob');
INSERT INTO public.auth_permission VALUES (87, 'Can delete processing job', 22, 'delete_processingjob');
INSERT INTO public.auth_permission VALUES (88, 'Can view processing job', 22, 'view_processingjob');
INSERT INTO public.auth_permission VALUES (89, 'Can add chore run', 23, 'add_chorerun');
INSERT INTO public.auth_permission VALUES (90, 'Can change chore run', 23, 'change_chorerun');
INSERT INTO public.auth_permission VALUES (91, 'Can delete chore run', 23, 'delete_chorerun');
INSERT INTO public.auth_permission VALUES (92, 'Can view chore run', 23, 'view_chorerun');
INSERT INTO public.auth_permission VALUES (93, 'Can add idempotent request', 24, 'add_idempotentrequest');
INSERT INTO public.auth_permission VALUES (94, 'Can change idempotent request', 24, 'change_idempotentrequest');
INSERT INTO public.auth_permission VALUES (95, 'Can delete idempotent request', 24, 'delete_idempotentrequest');
INSERT INTO public.auth_permission VALUES (96, 'Can view idempotent request', 24, 'view_idempotentrequest');
--
-- Data for Name: auth_user; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: auth_user_groups; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: auth_user_user_permissions; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: chore_runs; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: credit_transactions; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.credit_transactions VALUES ('961e13da-c2ee-4f57-be66-a05f440a4dc2', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 100, 'bonus', NULL, NULL, NULL, NULL, '2026-11-28 00:19:11.458335+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'first-credits', 100, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('fca4d419-54b6-486f-907d-011b52236a6c', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', NULL, 100, 'bonus', NULL, NULL, NULL, NULL, '2026-11-28 00:19:11.47783+00', 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', 'first-credits', 100, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('ca878ff0-6a32-48c3-ba95-279840eab7af', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -2, 'usage', 'dataset_create', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', NULL, NULL, '2026-11-28 00:19:12.564251+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dataset_create:22530e9e-3d3c-4c95-b1c6-2976b6797f82', 98, NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.credit_transactions VALUES ('2c800d5d-d68a-4e94-86f2-3935773ac11a', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -2, 'usage', 'dataset_create', '2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', NULL, NULL, '2026-11-28 00:19:12.611003+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dataset_create:2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', 96, NULL, '2bbaef0d-30d4-4cc3-8b11-32e0feca2e99');
INSERT INTO public.credit_transactions VALUES ('5ace5e5e-6dc1-4cf7-85e3-1bab8f70f47c', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -2, 'usage', 'document_upload', '1d30503f-a550-56f0-801b-024311c3b26d', NULL, NULL, '2026-11-28 00:19:12.686062+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'document_upload:1d30503f-a550-56f0-801b-024311c3b26d:1', 94, NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.credit_transactions VALUES ('852a1a6c-e7a5-4bc3-863d-78e1765065a8', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -2, 'usage', 'document_upload', '9c732f4c-8d29-5dd4-b2b3-db90c6422ee2', NULL, NULL, '2026-11-28 00:19:12.745431+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'document_upload:9c732f4c-8d29-5dd4-b2b3-db90c6422ee2:1', 92, NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.credit_transactions VALUES ('b63df7f1-48cd-45d1-a0d3-d81f85181356', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -2, 'usage', 'document_upload', 'd2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0', NULL, NULL, '2026-11-28 00:19:12.801522+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'document_upload:d2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0:1', 90, NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.credit_transactions VALUES ('b8f616df-d577-45c9-af2d-07a4bc51918f', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 2, 'refund', 'document_upload', 'd2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0', NULL, '{"reason": "The job was cancelled.", "error_type": "system_error"}', '2026-11-28 00:19:12.865677+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'refund:b63df7f1-48cd-45d1-a0d3-d81f85181356', 92, 'b63df7f1-48cd-45d1-a0d3-d81f85181356', '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.credit_transactions VALUES ('3531181d-b369-4e17-9ce5-17d4cc73af47', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 10, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.914144+00', 'api_key', '60dd1daf-4a23-4c19-bda6-3ea788c82a9b', 'pool:60dd1daf-4a23-4c19-bda6-3ea788c82a9b', 10, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('f794c78d-8998-444c-933e-a54a45b0f7ed', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -10, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.915297+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'pool:60dd1daf-4a23-4c19-bda6-3ea788c82a9b', 82, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('ba3914c1-5082-4033-ab4e-1f008a2c4efd', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.936473+00', 'api_key', 'f2861b97-a9ad-4183-8663-8cad4b9e7185', 'pool:f2861b97-a9ad-4183-8663-8cad4b9e7185', 3, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('2bee3c70-f813-4615-ab36-5aa8a9e985e5', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.937485+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'pool:f2861b97-a9ad-4183-8663-8cad4b9e7185', 79, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('9d4b7336-71cc-4172-bc66-373db6c4df94', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.958582+00', 'api_key', 'f2861b97-a9ad-4183-8663-8cad4b9e7185', 'revoked:f2861b97-a9ad-4183-8663-8cad4b9e7185', 0, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('2d14c603-7faa-469e-9a3d-280105c13788', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 3, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.959659+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'revoked:f2861b97-a9ad-4183-8663-8cad4b9e7185', 82, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('77761e0d-c7d2-41de-814d-96b8fbfd3776', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 7, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.997943+00', 'team', 'dd95a87e-9b4d-42e1-96bc-e3d5608cadb6', 'team_credits:719f51e7-cbcb-497d-b868-a88d45892108', 7, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('07ea653b-6182-4e36-b51f-fe4c48ccd14f', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, -7, 'transfer', NULL, NULL, NULL, NULL, '2026-11-28 00:19:12.999073+00', 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'team_credits:719f51e7-cbcb-497d-b868-a88d45892108', 75, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('a2953af5-6ffb-4c7a-8b1c-e40c101a5b11', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', NULL, -5, 'usage', 'hybrid_query', NULL, NULL, NULL, '2026-11-28 00:19:13.037879+00', 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', 'site:a question', 95, NULL, NULL);
INSERT INTO public.credit_transactions VALUES ('ee295bf2-7ec4-4560-91a3-eda6c861ecdd', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', NULL, 2, 'refund', 'hybrid_query', NULL, NULL, '{"reason": "", "error_type": "system_error"}', '2026-11-28 00:19:13.053498+00', 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', 'site:its refund', 97, 'a2953af5-6ffb-4c7a-8b1c-e40c101a5b11', NULL);
--
-- Data for Name: datasets; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.datasets VALUES ('user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 2, 'dataset_create:22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'ca878ff0-6a32-48c3-ba95-279840eab7af', false, '2026-11-28 00:19:12.550832+00', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'Library', 'library', '', '', 'private', 'processing', 'active', 'fltr_wordllama_256', 3, 'wordllama-256', 256, NULL, NULL, NULL, NULL, 0, '{}', '2026-11-28 00:19:12.85677+00', NULL, 2, 1, 0);
INSERT INTO public.datasets VALUES ('user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 2, 'dataset_create:2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', '2c800d5d-d68a-4e94-86f2-3935773ac11a', false, '2026-11-28 00:19:12.608983+00', '2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'Deleted', 'deleted', '', '', 'private', 'ready', 'deleted', 'fltr_wordllama_256', 0, 'wordllama-256', 256, NULL, NULL, NULL, NULL, 0, '{}', '2026-11-28 00:19:12.877813+00', NULL, 0, 0, 0);
--
-- Data for Name: django_admin_log; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: django_content_type; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.django_content_type VALUES (1, 'admin', 'logentry');
INSERT INTO public.django_content_type VALUES (2, 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (3, 'auth', 'group');
INSERT INTO public.django_content_type VALUES (4, 'auth', 'user');
INSERT INTO public.django_content_type VALUES (5, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (6, 'sessions', 'session');
INSERT INTO public.django_content_type VALUES (7, 'authbridge', 'account');
INSERT INTO public.django_content_type VALUES (8, 'authbridge', 'session');
INSERT INTO public.django_content_type VALUES (9, 'authbridge', 'subscription');
INSERT INTO public.django_content_type VALUES (10, 'authbridge', 'user');
INSERT INTO public.django_content_type VALUES (11, 'authbridge', 'verification');
INSERT INTO public.django_content_type VALUES (12, 'credits', 'apikeycredits');
INSERT INTO public.django_content_type VALUES (13, 'credits', 'credittransaction');
INSERT INTO public.django_content_type VALUES (14, 'credits', 'team');
INSERT INTO public.django_content_type VALUES (15, 'credits', 'quartertotal');
INSERT INTO public.django_content_type VALUES (16, 'credits', 'daytotal');
INSERT INTO public.django_content_type VALUES (17, 'credits', 'keytotal');
INSERT INTO public.django_content_type VALUES (18, 'credits', 'ledgerverification');
INSERT INTO public.django_content_type VALUES (19, 'datasets', 'dataset');
INSERT INTO public.django_content_type VALUES (20, 'datasets', 'document');
INSERT INTO public.django_content_type VALUES (21, 'datasets', 'pendinganswer');
INSERT INTO public.django_content_type VALUES (22, 'datasets', 'processingjob');
INSERT INTO public.django_content_type VALUES (23, 'datasets', 'chorerun');
INSERT INTO public.django_content_type VALUES (24, 'fltr_project', 'idempotentrequest');
--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.django_migrations VALUES (1, 'contenttypes', '0001_initial', '2026-11-28 00:19:07.789364+00');
INSERT INTO public.django_migrations VALUES (2, 'auth', '0001_initial', '2026-11-28 00:19:07.865595+00');
INSERT INTO public.django_migrations VALUES (3, 'admin', '0001_initial', '2026-11-28 00:19:07.892018+00');
INSERT INTO public.django_migrations VALUES (4, 'admin', '0002_logentry_remove_auto_add', '2026-11-28 00:19:07.903131+00');
INSERT INTO public.django_migrations VALUES (5, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-28 00:19:07.918617+00');
INSERT INTO public.django_migrations VALUES (6, 'contenttypes', '0002_remove_content_type_name', '2026-11-28 00:19:07.953793+00');
INSERT INTO public.django_migrations VALUES (7, 'auth', '0002_alter_permission_name_max_length', '2026-11-28 00:19:07.969313+00');
INSERT INTO public.django_migrations VALUES (8, 'auth', '0003_alter_user_email_max_length', '2026-11-28 00:19:07.985263+00');
INSERT INTO public.django_migrations VALUES (9, 'auth', '0004_alter_user_username_opts', '2026-11-28 00:19:07.995831+00');
INSERT INTO public.django_migrations VALUES (10, 'auth', '0005_alter_user_last_login_null', '2026-11-28 00:19:08.011661+00');
INSERT INTO public.django_migrations VALUES (11, 'auth', '0006_require_contenttypes_0002', '2026-11-28 00:19:08.015302+00');
INSERT INTO public.django_migrations VALUES (12, 'auth', '0007_alter_validators_add_error_messages', '2026-11-28 00:19:08.029663+00');
INSERT INTO public.django_migrations VALUES (13, 'auth', '0008_alter_user_username_max_length', '2026-11-28 00:19:08.047162+00');
INSERT INTO public.django_migrations VALUES (14, 'auth', '0009_alter_user_last_name_max_length', '2026-11-28 00:19:08.071244+00');
INSERT INTO public.django_migrations VALUES (15, 'auth', '0010_alter_group_name_max_length', '2026-11-28 00:19:08.090127+00');
INSERT INTO public.django_migrations VALUES (16, 'auth', '0011_update_proxy_permissions', '2026-11-28 00:19:08.100383+00');
INSERT INTO public.django_migrations VALUES (17, 'auth', '0012_alter_user_first_name_max_length', '2026-11-28 00:19:08.121384+00');
INSERT INTO public.django_migrations VALUES (18, 'authbridge', '0001_initial', '2026-11-28 00:19:08.131335+00');
INSERT INTO public.django_migrations VALUES (19, 'credits', '0001_initial', '2026-11-28 00:19:08.241638+00');
INSERT INTO public.django_migrations VALUES (20, 'credits', '0002_append_only', '2026-11-28 00:19:08.279183+00');
INSERT INTO public.django_migrations VALUES (21, 'credits', '0003_whole_credits', '2026-11-28 00:19:08.473359+00');
INSERT INTO public.django_migrations VALUES (22, 'credits', '0004_adjustments', '2026-11-28 00:19:08.476498+00');
INSERT INTO public.django_migrations VALUES (23, 'credits', '0005_totals', '2026-11-28 00:19:08.507211+00');
INSERT INTO public.django_migrations VALUES (24, 'credits', '0006_totals_kept', '2026-11-28 00:19:08.543715+00');
INSERT INTO public.django_migrations VALUES (25, 'credits', '0007_ledger_indexes', '2026-11-28 00:19:08.566214+00');
INSERT INTO public.django_migrations VALUES (26, 'datasets', '0001_initial', '2026-11-28 00:19:08.692337+00');
INSERT INTO public.django_migrations VALUES (27, 'datasets', '0002_chores', '2026-11-28 00:19:08.710022+00');
INSERT INTO public.django_migrations VALUES (28, 'datasets', '0003_fair_queue', '2026-11-28 00:19:08.813701+00');
INSERT INTO public.django_migrations VALUES (29, 'datasets', '0004_document_counters', '2026-11-28 00:19:08.911066+00');
INSERT INTO public.django_migrations VALUES (30, 'fltr_project', '0001_initial', '2026-11-28 00:19:08.921692+00');
INSERT INTO public.django_migrations VALUES (31, 'sessions', '0001_initial', '2026-11-28 00:19:08.938535+00');
--
-- Data for Name: django_session; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: documents; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.documents VALUES ('1d30503f-a550-56f0-801b-024311c3b26d', 'document.txt', '22530e9e-3d3c-4c95-b1c6-2976b6797f82/1d30503f-a550-56f0-801b-024311c3b26d/1', 27, 'text/plain', 'e46a15407b0f18a78e4ab01c5107b6bd5647fe2334db127ecd043d007d6f1345', 'e46a15407b0f18a78e4ab01c5107b6bd5647fe2334db127ecd043d007d6f1345', 'pending', 'active', 0, 1, 0, NULL, '{}', 2, NULL, '2026-11-28 00:19:12.674097+00', '2026-11-28 00:19:12.696807+00', NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.documents VALUES ('9c732f4c-8d29-5dd4-b2b3-db90c6422ee2', 'document.txt', '22530e9e-3d3c-4c95-b1c6-2976b6797f82/9c732f4c-8d29-5dd4-b2b3-db90c6422ee2/1', 23, 'text/plain', '82d4b954cb99ef84a44e42252863aa013e005588dc9ec031c354cc386006e9ea', '82d4b954cb99ef84a44e42252863aa013e005588dc9ec031c354cc386006e9ea', 'pending', 'active', 0, 1, 0, NULL, '{}', 2, NULL, '2026-11-28 00:19:12.736681+00', '2026-11-28 00:19:12.753865+00', NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
INSERT INTO public.documents VALUES ('d2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0', 'document.txt', '22530e9e-3d3c-4c95-b1c6-2976b6797f82/d2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0/1', 20, 'text/plain', '8752354919254bdc9ca463bd8aa6b7991d15a34d4afe1e162219451c5ed229b0', NULL, 'failed', 'active', 0, 1, 0, '{"code": "cancelled", "message": "The job was cancelled. The credits were given back."}', '{}', 0, NULL, '2026-11-28 00:19:12.792121+00', '2026-11-28 00:19:12.852293+00', NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82');
--
-- Data for Name: fltr_day_totals; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.fltr_day_totals VALUES (1, 100, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28', 'bonus', '');
INSERT INTO public.fltr_day_totals VALUES (1, 100, 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', '2026-11-28', 'bonus', '');
INSERT INTO public.fltr_day_totals VALUES (2, -4, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28', 'usage', 'dataset_create');
INSERT INTO public.fltr_day_totals VALUES (3, -6, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28', 'usage', 'document_upload');
INSERT INTO public.fltr_day_totals VALUES (1, 2, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28', 'refund', 'document_upload');
INSERT INTO public.fltr_day_totals VALUES (1, 10, 'api_key', '60dd1daf-4a23-4c19-bda6-3ea788c82a9b', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (2, 0, 'api_key', 'f2861b97-a9ad-4183-8663-8cad4b9e7185', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (1, 7, 'team', 'dd95a87e-9b4d-42e1-96bc-e3d5608cadb6', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (4, -17, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28', 'transfer', '');
INSERT INTO public.fltr_day_totals VALUES (1, -5, 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', '2026-11-28', 'usage', 'hybrid_query');
INSERT INTO public.fltr_day_totals VALUES (1, 2, 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', '2026-11-28', 'refund', 'hybrid_query');
--
-- Data for Name: fltr_key_totals; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: fltr_quarter_totals; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.fltr_quarter_totals VALUES (1, 100, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28 00:15:00+00', 'bonus', '', '', '', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (1, 100, 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', '2026-11-28 00:15:00+00', 'bonus', '', '', '', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd');
INSERT INTO public.fltr_quarter_totals VALUES (1, -2, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28 00:15:00+00', 'usage', 'dataset_create', '', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (1, -2, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28 00:15:00+00', 'usage', 'dataset_create', '', '2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (3, -6, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28 00:15:00+00', 'usage', 'document_upload', '', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (1, 2, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28 00:15:00+00', 'refund', 'document_upload', '', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (1, 10, 'api_key', '60dd1daf-4a23-4c19-bda6-3ea788c82a9b', '2026-11-28 00:15:00+00', 'transfer', '', '', '', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (2, 0, 'api_key', 'f2861b97-a9ad-4183-8663-8cad4b9e7185', '2026-11-28 00:15:00+00', 'transfer', '', '', '', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (1, 7, 'team', 'dd95a87e-9b4d-42e1-96bc-e3d5608cadb6', '2026-11-28 00:15:00+00', 'transfer', '', '', '', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (4, -17, 'user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', '2026-11-28 00:15:00+00', 'transfer', '', '', '', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.fltr_quarter_totals VALUES (1, -5, 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', '2026-11-28 00:15:00+00', 'usage', 'hybrid_query', '', '', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd');
INSERT INTO public.fltr_quarter_totals VALUES (1, 2, 'user', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', '2026-11-28 00:15:00+00', 'refund', 'hybrid_query', '', '', '709549ba-fb72-4f2b-ad3a-50ca0e3bfabd');
--
-- Data for Name: fltr_verifications; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: idempotent_requests; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.idempotent_requests VALUES (1, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', '1cce0b203165d8b1', 'ff420293405da062b3ae559634d50e34d96011ebce13a066fe680591a9ce6e3b', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'vm/23859/147503', '2026-11-28 00:21:12.29462+00', 201, '{"id": "22530e9e-3d3c-4c95-b1c6-2976b6797f82", "name": "Library", "slug": "library", "owner": {"id": "dcaa6292-c709-4e4d-af34-de2c5d1615d9", "name": "Alice"}, "status": "ready", "category": "", "metadata": {}, "created_at": "2026-11-28T00:19:12.550832Z", "updated_at": "2026-11-28T00:19:12.550911Z", "visibility": "private", "description": "", "document_count": 0, "collection_name": "fltr_wordllama_256", "embedding_model": "wordllama-256", "embedding_dimension": 256}', '{"X-Credits-Charged": "2", "X-Credits-Remaining": "98", "X-Credit-Transaction": "ca878ff0-6a32-48c3-ba95-279840eab7af"}', '2026-11-28 00:19:12.29462+00');
INSERT INTO public.idempotent_requests VALUES (2, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', '8900dafca0253f50', '831f99f7a81eb35e10e673a69fe2c6f3d4f140e5321533f36da453548fede26c', '2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', 'vm/23859/147503', '2026-11-28 00:21:12.595153+00', 201, '{"id": "2bbaef0d-30d4-4cc3-8b11-32e0feca2e99", "name": "Deleted", "slug": "deleted", "owner": {"id": "dcaa6292-c709-4e4d-af34-de2c5d1615d9", "name": "Alice"}, "status": "ready", "category": "", "metadata": {}, "created_at": "2026-11-28T00:19:12.608983Z", "updated_at": "2026-11-28T00:19:12.609018Z", "visibility": "private", "description": "", "document_count": 0, "collection_name": "fltr_wordllama_256", "embedding_model": "wordllama-256", "embedding_dimension": 256}', '{"X-Credits-Charged": "2", "X-Credits-Remaining": "96", "X-Credit-Transaction": "2c800d5d-d68a-4e94-86f2-3935773ac11a"}', '2026-11-28 00:19:12.595153+00');
INSERT INTO public.idempotent_requests VALUES (3, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'a8f9b3407b01973f', '33a9af8ccfc88e971588bf4e5ab87de699e2e13fd9d8c32d3b204916b339031c', '0d44b94d-5d15-4d06-943f-95cb661431e0', 'vm/23859/147503', '2026-11-28 00:21:12.642699+00', 201, '{"error": null, "status": "pending", "filename": "document.txt", "metadata": {}, "mime_type": "text/plain", "created_at": "2026-11-28T00:19:12.674097Z", "dataset_id": "22530e9e-3d3c-4c95-b1c6-2976b6797f82", "size_bytes": 27, "document_id": "1d30503f-a550-56f0-801b-024311c3b26d", "content_hash": "e46a15407b0f18a78e4ab01c5107b6bd5647fe2334db127ecd043d007d6f1345", "processed_at": null, "chunks_created": 0, "credits_charged": 2, "processing_time_ms": null}', '{"X-Credits-Charged": "2", "X-Credits-Remaining": "94", "X-Credit-Transaction": "5ace5e5e-6dc1-4cf7-85e3-1bab8f70f47c"}', '2026-11-28 00:19:12.642699+00');
INSERT INTO public.idempotent_requests VALUES (4, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', '87dda405be4575a2', '73473c5a9afb87918edbc504a36cee6f79ea0a8488e54b4fd221cca44ab42d59', '0daeca83-20e3-465e-9367-202433365d03', 'vm/23859/147503', '2026-11-28 00:21:12.711893+00', 201, '{"error": null, "status": "pending", "filename": "document.txt", "metadata": {}, "mime_type": "text/plain", "created_at": "2026-11-28T00:19:12.736681Z", "dataset_id": "22530e9e-3d3c-4c95-b1c6-2976b6797f82", "size_bytes": 23, "document_id": "9c732f4c-8d29-5dd4-b2b3-db90c6422ee2", "content_hash": "82d4b954cb99ef84a44e42252863aa013e005588dc9ec031c354cc386006e9ea", "processed_at": null, "chunks_created": 0, "credits_charged": 2, "processing_time_ms": null}', '{"X-Credits-Charged": "2", "X-Credits-Remaining": "92", "X-Credit-Transaction": "852a1a6c-e7a5-4bc3-863d-78e1765065a8"}', '2026-11-28 00:19:12.711893+00');
INSERT INTO public.idempotent_requests VALUES (5, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'c6eb92082667ffeb', '798eee185981f0345b6c05504da2f2c932df5b6b2b5fe031cb5beb9115b69c88', '4e24505c-1304-47c9-b43b-5cae22824b75', 'vm/23859/147503', '2026-11-28 00:21:12.770001+00', 201, '{"error": null, "status": "pending", "filename": "document.txt", "metadata": {}, "mime_type": "text/plain", "created_at": "2026-11-28T00:19:12.792121Z", "dataset_id": "22530e9e-3d3c-4c95-b1c6-2976b6797f82", "size_bytes": 20, "document_id": "d2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0", "content_hash": "8752354919254bdc9ca463bd8aa6b7991d15a34d4afe1e162219451c5ed229b0", "processed_at": null, "chunks_created": 0, "credits_charged": 2, "processing_time_ms": null}', '{"X-Credits-Charged": "2", "X-Credits-Remaining": "90", "X-Credit-Transaction": "b63df7f1-48cd-45d1-a0d3-d81f85181356"}', '2026-11-28 00:19:12.770001+00');
INSERT INTO public.idempotent_requests VALUES (6, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', '8e803606ecc17ab9', '44efb722010904e148d2eaaa9cbe8b4280b6910358cd05e32069b681ad67b431', '303c21d7-b815-454a-b48c-470284fb6058', 'vm/23859/147503', '2026-11-28 00:21:12.839258+00', 200, '{"id": "ead23319-7f7b-5790-b180-c322808e4e86", "error": {"code": "cancelled", "message": "The job was cancelled. The credits were given back."}, "stage": "", "status": "cancelled", "retries": 0, "progress": 0.0, "created_at": "2026-11-28T00:19:12.793022Z", "dataset_id": "22530e9e-3d3c-4c95-b1c6-2976b6797f82", "started_at": null, "document_id": "d2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0", "finished_at": "2026-11-28T00:19:12.851333Z"}', '{}', '2026-11-28 00:19:12.839258+00');
INSERT INTO public.idempotent_requests VALUES (7, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'ee65c3258fad0f8e', '299e8aaf1d123bb7c6ba975796932356fe70115eae33127d5194eb639e3e67b4', '60dd1daf-4a23-4c19-bda6-3ea788c82a9b', 'vm/23859/147503', '2026-11-28 00:21:12.897646+00', 201, '{"id": "60dd1daf-4a23-4c19-bda6-3ea788c82a9b", "key": null, "name": "A pool", "prefix": "fltr_sk_ymmOL0", "scopes": null, "credits": 10, "team_id": null, "created_at": "2026-11-28T00:19:12.905133Z", "expires_at": null, "revoked_at": null, "daily_limit": 5, "last_used_at": null, "monthly_limit": null}', '{}', '2026-11-28 00:19:12.897646+00');
INSERT INTO public.idempotent_requests VALUES (8, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dbb14359c67817af', 'abb1984140af28043a85b2f80d062ace33f13f67b35c8c370751919682f5cdf0', 'f2861b97-a9ad-4183-8663-8cad4b9e7185', 'vm/23859/147503', '2026-11-28 00:21:12.92566+00', 201, '{"id": "f2861b97-a9ad-4183-8663-8cad4b9e7185", "key": null, "name": "Revoked", "prefix": "fltr_sk_J9tSpr", "scopes": null, "credits": 3, "team_id": null, "created_at": "2026-11-28T00:19:12.932679Z", "expires_at": null, "revoked_at": null, "daily_limit": null, "last_used_at": null, "monthly_limit": null}', '{}', '2026-11-28 00:19:12.92566+00');
INSERT INTO public.idempotent_requests VALUES (9, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', '05405557904231dd', '56e6d53d3014f486211829f06f728c990def19e25dfea56344ab55cf9986cbe9', 'dd95a87e-9b4d-42e1-96bc-e3d5608cadb6', 'vm/23859/147503', '2026-11-28 00:21:12.969125+00', 201, '{"id": "dd95a87e-9b4d-42e1-96bc-e3d5608cadb6", "name": "Chemists", "owner": {"id": "dcaa6292-c709-4e4d-af34-de2c5d1615d9", "name": "Alice"}, "credits": 0, "members": [{"id": "dcaa6292-c709-4e4d-af34-de2c5d1615d9", "name": "Alice", "email": "alice-dcaa6292@example.com"}], "created_at": "2026-11-28T00:19:12.970366Z", "updated_at": "2026-11-28T00:19:12.970366Z"}', '{}', '2026-11-28 00:19:12.969125+00');
INSERT INTO public.idempotent_requests VALUES (10, 'session:dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'ceac17fe28f131e2', '35ea0b8d7d73dfe721183b524e0b64dbb88387e42b594951022dd90c43dafc61', '719f51e7-cbcb-497d-b868-a88d45892108', 'vm/23859/147503', '2026-11-28 00:21:12.988263+00', 200, '{"id": "dd95a87e-9b4d-42e1-96bc-e3d5608cadb6", "name": "Chemists", "owner": {"id": "dcaa6292-c709-4e4d-af34-de2c5d1615d9", "name": "Alice"}, "credits": 7, "members": [{"id": "dcaa6292-c709-4e4d-af34-de2c5d1615d9", "name": "Alice", "email": "alice-dcaa6292@example.com"}], "created_at": "2026-11-28T00:19:12.970366Z", "updated_at": "2026-11-28T00:19:12.997253Z"}', '{}', '2026-11-28 00:19:12.988263+00');
INSERT INTO public.idempotent_requests VALUES (11, 'service', '76d10ca7e2d900c2', '94e119748c1865d21df305301f7dd45bb4d00637d3cd1b11d8296ae64d079a49', '6619fb07-296f-4663-a0c2-4448a1340b9f', 'vm/23859/147503', '2026-11-28 00:21:13.031427+00', 200, '{"id": "a2953af5-6ffb-4c7a-8b1c-e40c101a5b11", "type": "usage", "amount": -5, "team_id": null, "metadata": null, "operation": "hybrid_query", "api_key_id": null, "created_at": "2026-11-28T00:19:13.037879Z", "resource_id": null, "balance_after": 95}', '{"X-Credits-Charged": "5", "X-Credits-Remaining": "95", "X-Credit-Transaction": "a2953af5-6ffb-4c7a-8b1c-e40c101a5b11"}', '2026-11-28 00:19:13.031427+00');
INSERT INTO public.idempotent_requests VALUES (12, 'service', 'cf03ddbcc21f5c7e', 'a66e5406fdd6233f6e1700f2119d7e64ed0d59682b9c0b779af84f3aeb0ab387', '7d1195c7-c887-45d9-9908-f4827c4dce12', 'vm/23859/147503', '2026-11-28 00:21:13.04485+00', 200, '{"id": "ee295bf2-7ec4-4560-91a3-eda6c861ecdd", "type": "refund", "amount": 2, "team_id": null, "metadata": {"reason": "", "error_type": "system_error"}, "operation": "hybrid_query", "api_key_id": null, "created_at": "2026-11-28T00:19:13.053498Z", "resource_id": null, "balance_after": 97}', '{}', '2026-11-28 00:19:13.04485+00');
--
-- Data for Name: pending_answers; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: processing_jobs; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.processing_jobs VALUES ('user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 2, 'document_upload:1d30503f-a550-56f0-801b-024311c3b26d:1', '5ace5e5e-6dc1-4cf7-85e3-1bab8f70f47c', false, '2026-11-28 00:19:12.676381+00', '72e52b48-9cda-560c-b64c-5c59d5f554df', '', 'process', 'queued', '', 0, 1, 0, NULL, '', NULL, '2026-11-28 00:19:12.688128+00', NULL, NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82', '1d30503f-a550-56f0-801b-024311c3b26d', 0, 0, 0, 0, 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.processing_jobs VALUES ('user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 2, 'document_upload:9c732f4c-8d29-5dd4-b2b3-db90c6422ee2:1', '852a1a6c-e7a5-4bc3-863d-78e1765065a8', false, '2026-11-28 00:19:12.737571+00', '761abef6-25f7-5bf7-b00e-8be7ba772052', '', 'process', 'queued', '', 0, 1, 0, NULL, '', NULL, '2026-11-28 00:19:12.746987+00', NULL, NULL, '22530e9e-3d3c-4c95-b1c6-2976b6797f82', '9c732f4c-8d29-5dd4-b2b3-db90c6422ee2', 0, 0, 0, 2, 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.processing_jobs VALUES ('user', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, 2, 'document_upload:d2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0:1', 'b63df7f1-48cd-45d1-a0d3-d81f85181356', false, '2026-11-28 00:19:12.793022+00', 'ead23319-7f7b-5790-b180-c322808e4e86', '', 'process', 'cancelled', '', 0, 1, 0, '{"code": "cancelled", "message": "The job was cancelled. The credits were given back."}', '', NULL, '2026-11-28 00:19:12.803291+00', NULL, '2026-11-28 00:19:12.851333+00', '22530e9e-3d3c-4c95-b1c6-2976b6797f82', 'd2ca43a9-8f21-51fe-97e1-bd4f2cf11fe0', 0, 0, 0, 4, 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
INSERT INTO public.processing_jobs VALUES ('', '', '', NULL, 0, '', NULL, false, '2026-11-28 00:19:12.885874+00', '52d72ec7-dca7-4868-bcfa-ae853537e6c1', '', 'purge', 'queued', '', 0, 1, 0, NULL, '', NULL, '2026-11-28 00:19:12.885062+00', NULL, NULL, '2bbaef0d-30d4-4cc3-8b11-32e0feca2e99', NULL, 0, 0, 0, 4, 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.sessions VALUES ('5c6d53cd-c175-4980-ae30-e9f02d667b34', '2026-11-28 01:19:11.480832', '9232ac226e3b4c2193a52e9fc087fb7e', '2026-11-28 00:19:11.480832', '2026-11-28 00:19:11.480832', NULL, NULL, 'dcaa6292-c709-4e4d-af34-de2c5d1615d9');
--
-- Data for Name: subscriptions; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Data for Name: teams; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.teams VALUES ('dd95a87e-9b4d-42e1-96bc-e3d5608cadb6', 'Chemists', 7, 'dcaa6292-c709-4e4d-af34-de2c5d1615d9', NULL, '2026-11-28 00:19:12.970366+00', '2026-11-28 00:19:12.997253+00');
--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--
INSERT INTO public.users VALUES ('dcaa6292-c709-4e4d-af34-de2c5d1615d9', 'Alice', 'alice-dcaa6292@example.com', false, NULL, '2026-11-28 00:19:11.428614', '2026-11-28 00:19:12.99862', 75, 0, 'dd95a87e-9b4d-42e1-96bc-e3d5608cadb6', NULL);
INSERT INTO public.users VALUES ('709549ba-fb72-4f2b-ad3a-50ca0e3bfabd', 'Bob', 'bob-709549ba@example.com', false, NULL, '2026-11-28 00:19:11.472861', '2026-11-28 00:19:13.052969', 97, 0, NULL, NULL);
--
-- Data for Name: verifications; Type: TABLE DATA; Schema: public; Owner: -
--
--
-- Name: auth_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
--
-- Name: auth_permission_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.auth_permission_id_seq', 96, true);
--
-- Name: auth_user_groups_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.auth_user_groups_id_seq', 1, false);
--
-- Name: auth_user_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.auth_user_id_seq', 1, false);
--
-- Name: auth_user_user_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.auth_user_user_permissions_id_seq', 1, false);
--
-- Name: django_admin_log_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
--
-- Name: django_content_type_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.django_content_type_id_seq', 24, true);
--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.django_migrations_id_seq', 31, true);
--
-- Name: idempotent_requests_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--
SELECT pg_catalog.setval('public.idempotent_requests_id_seq', 12, true);
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
-- Name: auth_group auth_group_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
--
-- Name: auth_group_permissions auth_group_permissions_group_id_permission_id_0cd325b0_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
--
-- Name: auth_group_permissions auth_group_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
--
-- Name: auth_group auth_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
--
-- Name: auth_permission auth_permission_content_type_id_codename_01ab375a_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
--
-- Name: auth_permission auth_permission_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
--
-- Name: auth_user_groups auth_user_groups_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_pkey PRIMARY KEY (id);
--
-- Name: auth_user_groups auth_user_groups_user_id_group_id_94350c0c_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_group_id_94350c0c_uniq UNIQUE (user_id, group_id);
--
-- Name: auth_user auth_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);
--
-- Name: auth_user_user_permissions auth_user_user_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_pkey PRIMARY KEY (id);
--
-- Name: auth_user_user_permissions auth_user_user_permissions_user_id_permission_id_14a6b632_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_permission_id_14a6b632_uniq UNIQUE (user_id, permission_id);
--
-- Name: auth_user auth_user_username_key; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_username_key UNIQUE (username);
--
-- Name: chore_runs chore_runs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.chore_runs
    ADD CONSTRAINT chore_runs_pkey PRIMARY KEY (name);
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
-- Name: datasets datasets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT datasets_pkey PRIMARY KEY (id);
--
-- Name: django_admin_log django_admin_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
--
-- Name: django_content_type django_content_type_app_label_model_76bd3d3b_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
--
-- Name: django_content_type django_content_type_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
--
-- Name: django_session django_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
--
-- Name: documents document_bytes_once_per_dataset; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT document_bytes_once_per_dataset UNIQUE (dataset_id, dedupe_key);
--
-- Name: documents documents_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (id);
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
-- Name: idempotent_requests idempotency_key_once_per_caller; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.idempotent_requests
    ADD CONSTRAINT idempotency_key_once_per_caller UNIQUE (caller, key);
--
-- Name: idempotent_requests idempotent_requests_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.idempotent_requests
    ADD CONSTRAINT idempotent_requests_pkey PRIMARY KEY (id);
--
-- Name: pending_answers pending_answers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.pending_answers
    ADD CONSTRAINT pending_answers_pkey PRIMARY KEY (id);
--
-- Name: processing_jobs processing_jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.processing_jobs
    ADD CONSTRAINT processing_jobs_pkey PRIMARY KEY (id);
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
-- Name: auth_group_name_a6ea08ec_like; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
--
-- Name: auth_group_permissions_group_id_b120cbf9; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
--
-- Name: auth_group_permissions_permission_id_84c5c92e; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
--
-- Name: auth_permission_content_type_id_2f476e4b; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
--
-- Name: auth_user_groups_group_id_97559544; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_user_groups_group_id_97559544 ON public.auth_user_groups USING btree (group_id);
--
-- Name: auth_user_groups_user_id_6a12ed8b; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_user_groups_user_id_6a12ed8b ON public.auth_user_groups USING btree (user_id);
--
-- Name: auth_user_user_permissions_permission_id_1fbb5f2c; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_user_user_permissions_permission_id_1fbb5f2c ON public.auth_user_user_permissions USING btree (permission_id);
--
-- Name: auth_user_user_permissions_user_id_a95ead1b; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_user_user_permissions_user_id_a95ead1b ON public.auth_user_user_permissions USING btree (user_id);
--
-- Name: auth_user_username_6821ab7c_like; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX auth_user_username_6821ab7c_like ON public.auth_user USING btree (username varchar_pattern_ops);
--
-- Name: chore_runs_name_821f4dbe_like; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX chore_runs_name_821f4dbe_like ON public.chore_runs USING btree (name varchar_pattern_ops);
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
-- Name: dataset_listed; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX dataset_listed ON public.datasets USING btree (lifecycle, visibility, created_at DESC);
--
-- Name: dataset_name_once_per_owner; Type: INDEX; Schema: public; Owner: -
--
CREATE UNIQUE INDEX dataset_name_once_per_owner ON public.datasets USING btree (owner_id, name) WHERE ((lifecycle)::text = ANY ((ARRAY['awaiting_payment'::character varying, 'active'::character varying])::text[]));
--
-- Name: dataset_slug_once; Type: INDEX; Schema: public; Owner: -
--
CREATE UNIQUE INDEX dataset_slug_once ON public.datasets USING btree (slug) WHERE ((lifecycle)::text = ANY ((ARRAY['awaiting_payment'::character varying, 'active'::character varying])::text[]));
--
-- Name: datasets_owner_id_f5e949cb; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX datasets_owner_id_f5e949cb ON public.datasets USING btree (owner_id);
--
-- Name: datasets_slug_9a79cad4; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX datasets_slug_9a79cad4 ON public.datasets USING btree (slug);
--
-- Name: datasets_slug_9a79cad4_like; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX datasets_slug_9a79cad4_like ON public.datasets USING btree (slug varchar_pattern_ops);
--
-- Name: django_admin_log_content_type_id_c4bce8eb; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
--
-- Name: django_admin_log_user_id_c564eba6; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
--
-- Name: django_session_expire_date_a5c62663; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
--
-- Name: django_session_session_key_c0390e0f_like; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
--
-- Name: document_by_bytes; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX document_by_bytes ON public.documents USING btree (dataset_id, content_hash);
--
-- Name: document_listed; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX document_listed ON public.documents USING btree (dataset_id, lifecycle, created_at DESC);
--
-- Name: documents_dataset_id_1f0c1f08; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX documents_dataset_id_1f0c1f08 ON public.documents USING btree (dataset_id);
--
-- Name: idempotent_requests_created_at_1e60104f; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX idempotent_requests_created_at_1e60104f ON public.idempotent_requests USING btree (created_at);
--
-- Name: job_by_dataset; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_by_dataset ON public.processing_jobs USING btree (dataset_id, created_at DESC);
--
-- Name: job_by_document; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_by_document ON public.processing_jobs USING btree (document_id, created_at DESC);
--
-- Name: job_by_status; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_by_status ON public.processing_jobs USING btree (status, run_after);
--
-- Name: job_in_hand; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_in_hand ON public.processing_jobs USING btree (lease_until) WHERE ((status)::text = 'running'::text);
--
-- Name: job_in_line; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_in_line ON public.processing_jobs USING btree (turn, run_after, id) WHERE ((status)::text = 'queued'::text);
--
-- Name: job_of_whom; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_of_whom ON public.processing_jobs USING btree (whose, turn DESC) WHERE ((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying])::text[]));
--
-- Name: job_refund_due; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX job_refund_due ON public.processing_jobs USING btree (id) WHERE refund_due;
--
-- Name: pending_answer_by_age; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX pending_answer_by_age ON public.pending_answers USING btree (created_at);
--
-- Name: processing_jobs_dataset_id_7920f892; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX processing_jobs_dataset_id_7920f892 ON public.processing_jobs USING btree (dataset_id);
--
-- Name: processing_jobs_document_id_3d518303; Type: INDEX; Schema: public; Owner: -
--
CREATE INDEX processing_jobs_document_id_3d518303 ON public.processing_jobs USING btree (document_id);
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
-- Name: documents documents_are_counted_after_delete; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER documents_are_counted_after_delete AFTER DELETE ON public.documents REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.count_documents();
--
-- Name: documents documents_are_counted_after_insert; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER documents_are_counted_after_insert AFTER INSERT ON public.documents REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION public.count_documents();
--
-- Name: documents documents_are_counted_after_update; Type: TRIGGER; Schema: public; Owner: -
--
CREATE TRIGGER documents_are_counted_after_update AFTER UPDATE ON public.documents REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION public.count_documents();
--
-- Name: accounts accounts_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
--
-- Name: auth_group_permissions auth_group_permissio_permission_id_84c5c92e_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: auth_group_permissions auth_group_permissions_group_id_b120cbf9_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: auth_permission auth_permission_content_type_id_2f476e4b_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: auth_user_groups auth_user_groups_group_id_97559544_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_group_id_97559544_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: auth_user_groups auth_user_groups_user_id_6a12ed8b_fk_auth_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_6a12ed8b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: auth_user_user_permissions auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: auth_user_user_permissions auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: django_admin_log django_admin_log_content_type_id_c4bce8eb_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: django_admin_log django_admin_log_user_id_c564eba6_fk_auth_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: documents documents_dataset_id_1f0c1f08_fk_datasets_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_dataset_id_1f0c1f08_fk_datasets_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: processing_jobs processing_jobs_dataset_id_7920f892_fk_datasets_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.processing_jobs
    ADD CONSTRAINT processing_jobs_dataset_id_7920f892_fk_datasets_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: processing_jobs processing_jobs_document_id_3d518303_fk_documents_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.processing_jobs
    ADD CONSTRAINT processing_jobs_document_id_3d518303_fk_documents_id FOREIGN KEY (document_id) REFERENCES public.documents(id) DEFERRABLE INITIALLY DEFERRED;
--
-- Name: sessions sessions_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
--
-- PostgreSQL database dump complete
--
