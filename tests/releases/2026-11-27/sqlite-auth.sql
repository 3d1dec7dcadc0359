BEGIN TRANSACTION;
CREATE TABLE accounts (
        id text PRIMARY KEY , account_id text NOT NULL, provider_id text NOT NULL,
        user_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        access_token text, refresh_token text, id_token text,
        access_token_expires_at datetime, refresh_token_expires_at datetime, scope text, password text,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL);
CREATE TABLE "api_key_credits" ("api_key" text NOT NULL PRIMARY KEY, "id" varchar(36) NOT NULL UNIQUE, "user_id" text NOT NULL, "team_id" text NULL, "credits" integer NULL, "daily_limit" integer NULL, "monthly_limit" integer NULL, "name" text DEFAULT '' NOT NULL, "prefix" text DEFAULT '' NOT NULL, "scopes" text NULL CHECK ((JSON_VALID("scopes") OR "scopes" IS NULL)), "expires_at" datetime NULL, "revoked_at" datetime NULL, "last_used_at" datetime NULL, "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "updated_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, CONSTRAINT "api_key_balance_not_negative" CHECK (("credits" IS NULL OR "credits" >= 0)), CONSTRAINT "api_key_numbers_whole" CHECK (("credits" = (CAST("credits" AS integer)) AND "daily_limit" = (CAST("daily_limit" AS integer)) AND "monthly_limit" = (CAST("monthly_limit" AS integer)))));
INSERT INTO "api_key_credits" VALUES('ddff32affa30dbeb1e2adbc6faf0f82fca0ea406145f6b2b22867b3d090ee0f0','ad03f10d-2e54-44cb-be38-de543be750fc','bbe90983-853b-4805-aa3f-582a3998765d',NULL,10,5,NULL,'A pool','fltr_sk_2VgQiu',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.690090','2026-11-28 00:18:52.692314+00:00');
INSERT INTO "api_key_credits" VALUES('681778ced91591e9d6656fe2f25bc9f5b9224e5dbfa6694993ecce3989b28baf','a9949872-b505-4096-87b0-cc234c54951a','bbe90983-853b-4805-aa3f-582a3998765d',NULL,NULL,NULL,NULL,'Revoked','fltr_sk_E9NqRz',NULL,NULL,'2026-11-28 00:18:52.722266',NULL,'2026-11-28 00:18:52.704122','2026-11-28 00:18:52.722266');
CREATE TABLE "credit_transactions" ("id" varchar(36) NOT NULL PRIMARY KEY, "user_id" text NOT NULL, "team_id" text NULL, "amount" integer NOT NULL, "type" text NOT NULL, "operation" text NULL, "resource_id" text NULL, "api_key_id" text NULL, "metadata" text NULL CHECK ((JSON_VALID("metadata") OR "metadata" IS NULL)), "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "account_type" text NULL, "account_id" text NULL, "idempotency_key" text NULL, "balance_after" integer NULL, "refund_of" text NULL, "dataset_id" text NULL, CONSTRAINT "credit_entry_key_once_per_account" UNIQUE ("account_type", "account_id", "idempotency_key"));
INSERT INTO "credit_transactions" VALUES('04d26a3d-c2f3-4f65-a2a5-d0db02781dba','bbe90983-853b-4805-aa3f-582a3998765d',NULL,100,'bonus',NULL,NULL,NULL,NULL,'2026-11-28 00:18:51.877735','user','bbe90983-853b-4805-aa3f-582a3998765d','first-credits',100,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('e99c86f6-1cc3-47a6-97f7-2f8d00fa2843','42c11746-416a-4e63-851b-606707f18c8a',NULL,100,'bonus',NULL,NULL,NULL,NULL,'2026-11-28 00:18:51.882016','user','42c11746-416a-4e63-851b-606707f18c8a','first-credits',100,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('d334abe0-e8cd-4dde-94ec-c189ebc63b5c','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-2,'usage','dataset_create','b50cec9a-12d6-4b26-bb94-c23ab1c43af6',NULL,NULL,'2026-11-28 00:18:52.437268','user','bbe90983-853b-4805-aa3f-582a3998765d','dataset_create:b50cec9a-12d6-4b26-bb94-c23ab1c43af6',98,NULL,'b50cec9a-12d6-4b26-bb94-c23ab1c43af6');
INSERT INTO "credit_transactions" VALUES('d0f676be-c3d3-4111-ada8-3656a3a378b5','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-2,'usage','dataset_create','48931016-7a87-43d4-bf98-302980eb07bd',NULL,NULL,'2026-11-28 00:18:52.456553','user','bbe90983-853b-4805-aa3f-582a3998765d','dataset_create:48931016-7a87-43d4-bf98-302980eb07bd',96,NULL,'48931016-7a87-43d4-bf98-302980eb07bd');
INSERT INTO "credit_transactions" VALUES('8733427f-702e-4c66-8c9b-af9c86fbed30','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-2,'usage','document_upload','2d023590-3042-5ddd-8255-1c4a5026e50f',NULL,NULL,'2026-11-28 00:18:52.523589','user','bbe90983-853b-4805-aa3f-582a3998765d','document_upload:2d023590-3042-5ddd-8255-1c4a5026e50f:1',94,NULL,'b50cec9a-12d6-4b26-bb94-c23ab1c43af6');
INSERT INTO "credit_transactions" VALUES('ead1a0af-aa50-4756-ab2f-4e6df179f721','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-2,'usage','document_upload','809c4b71-2ed0-539c-b22b-120270347430',NULL,NULL,'2026-11-28 00:18:52.551319','user','bbe90983-853b-4805-aa3f-582a3998765d','document_upload:809c4b71-2ed0-539c-b22b-120270347430:1',92,NULL,'b50cec9a-12d6-4b26-bb94-c23ab1c43af6');
INSERT INTO "credit_transactions" VALUES('41d07282-ec43-436d-9711-7a3ce24c6e98','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-2,'usage','document_upload','a005baaa-113b-5bf5-9c69-c422d9dbe4a5',NULL,NULL,'2026-11-28 00:18:52.601266','user','bbe90983-853b-4805-aa3f-582a3998765d','document_upload:a005baaa-113b-5bf5-9c69-c422d9dbe4a5:1',90,NULL,'b50cec9a-12d6-4b26-bb94-c23ab1c43af6');
INSERT INTO "credit_transactions" VALUES('0c6f6493-e8ee-40cd-ac1c-afe13e7ad664','bbe90983-853b-4805-aa3f-582a3998765d',NULL,2,'refund','document_upload','a005baaa-113b-5bf5-9c69-c422d9dbe4a5',NULL,'{"error_type": "system_error", "reason": "The job was cancelled."}','2026-11-28 00:18:52.659474','user','bbe90983-853b-4805-aa3f-582a3998765d','refund:41d07282-ec43-436d-9711-7a3ce24c6e98',92,'41d07282-ec43-436d-9711-7a3ce24c6e98','b50cec9a-12d6-4b26-bb94-c23ab1c43af6');
INSERT INTO "credit_transactions" VALUES('7368dc47-4914-4462-8ec2-be2635f8c2a5','bbe90983-853b-4805-aa3f-582a3998765d',NULL,10,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.694469','api_key','ad03f10d-2e54-44cb-be38-de543be750fc','pool:ad03f10d-2e54-44cb-be38-de543be750fc',10,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('7680703c-e3d1-45dd-84c5-69aaefc0ad55','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-10,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.695057','user','bbe90983-853b-4805-aa3f-582a3998765d','pool:ad03f10d-2e54-44cb-be38-de543be750fc',82,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('9a998ae9-4808-4751-beca-27589bb59e00','bbe90983-853b-4805-aa3f-582a3998765d',NULL,3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.707322','api_key','a9949872-b505-4096-87b0-cc234c54951a','pool:a9949872-b505-4096-87b0-cc234c54951a',3,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('bdf919bb-fa74-4a96-af90-5cd7fcbbe3a4','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.708230','user','bbe90983-853b-4805-aa3f-582a3998765d','pool:a9949872-b505-4096-87b0-cc234c54951a',79,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('910af086-9191-4e73-a0f3-4397fe3f79a6','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.719515','api_key','a9949872-b505-4096-87b0-cc234c54951a','revoked:a9949872-b505-4096-87b0-cc234c54951a',0,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('0e5748e2-abe5-4581-87c4-b3938b7f861d','bbe90983-853b-4805-aa3f-582a3998765d',NULL,3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.720231','user','bbe90983-853b-4805-aa3f-582a3998765d','revoked:a9949872-b505-4096-87b0-cc234c54951a',82,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('5fc43786-e955-433f-a5c4-32fe5f2fca01','bbe90983-853b-4805-aa3f-582a3998765d',NULL,7,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.745082','team','f000b581-b03e-43e1-941f-c817875f7b77','team_credits:e40e811b-b57c-4292-a291-345463ba9579',7,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('39215c92-3843-4a4c-a3df-99212ce556a4','bbe90983-853b-4805-aa3f-582a3998765d',NULL,-7,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:18:52.745857','user','bbe90983-853b-4805-aa3f-582a3998765d','team_credits:e40e811b-b57c-4292-a291-345463ba9579',75,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('d3879e90-bb99-4336-bdda-5323e833ca91','42c11746-416a-4e63-851b-606707f18c8a',NULL,-5,'usage','hybrid_query',NULL,NULL,NULL,'2026-11-28 00:18:52.784809','user','42c11746-416a-4e63-851b-606707f18c8a','site:a question',95,NULL,NULL);
INSERT INTO "credit_transactions" VALUES('d4d252c5-c373-4bd1-92cc-405ed46ce04b','42c11746-416a-4e63-851b-606707f18c8a',NULL,2,'refund','hybrid_query',NULL,NULL,'{"error_type": "system_error", "reason": ""}','2026-11-28 00:18:52.797269','user','42c11746-416a-4e63-851b-606707f18c8a','site:its refund',97,'d3879e90-bb99-4336-bdda-5323e833ca91',NULL);
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO "django_migrations" VALUES(1,'contenttypes','0001_initial','2026-11-28 00:18:49.748986');
INSERT INTO "django_migrations" VALUES(2,'auth','0001_initial','2026-11-28 00:18:49.757918');
INSERT INTO "django_migrations" VALUES(3,'admin','0001_initial','2026-11-28 00:18:49.763613');
INSERT INTO "django_migrations" VALUES(4,'admin','0002_logentry_remove_auto_add','2026-11-28 00:18:49.769438');
INSERT INTO "django_migrations" VALUES(5,'admin','0003_logentry_add_action_flag_choices','2026-11-28 00:18:49.775823');
INSERT INTO "django_migrations" VALUES(6,'contenttypes','0002_remove_content_type_name','2026-11-28 00:18:49.782676');
INSERT INTO "django_migrations" VALUES(7,'auth','0002_alter_permission_name_max_length','2026-11-28 00:18:49.789984');
INSERT INTO "django_migrations" VALUES(8,'auth','0003_alter_user_email_max_length','2026-11-28 00:18:49.795614');
INSERT INTO "django_migrations" VALUES(9,'auth','0004_alter_user_username_opts','2026-11-28 00:18:49.801236');
INSERT INTO "django_migrations" VALUES(10,'auth','0005_alter_user_last_login_null','2026-11-28 00:18:49.806740');
INSERT INTO "django_migrations" VALUES(11,'auth','0006_require_contenttypes_0002','2026-11-28 00:18:49.807999');
INSERT INTO "django_migrations" VALUES(12,'auth','0007_alter_validators_add_error_messages','2026-11-28 00:18:49.813692');
INSERT INTO "django_migrations" VALUES(13,'auth','0008_alter_user_username_max_length','2026-11-28 00:18:49.819566');
INSERT INTO "django_migrations" VALUES(14,'auth','0009_alter_user_last_name_max_length','2026-11-28 00:18:49.825435');
INSERT INTO "django_migrations" VALUES(15,'auth','0010_alter_group_name_max_length','2026-11-28 00:18:49.831259');
INSERT INTO "django_migrations" VALUES(16,'auth','0011_update_proxy_permissions','2026-11-28 00:18:49.832750');
INSERT INTO "django_migrations" VALUES(17,'auth','0012_alter_user_first_name_max_length','2026-11-28 00:18:49.838394');
INSERT INTO "django_migrations" VALUES(18,'authbridge','0001_initial','2026-11-28 00:18:49.845782');
INSERT INTO "django_migrations" VALUES(19,'credits','0001_initial','2026-11-28 00:18:49.874754');
INSERT INTO "django_migrations" VALUES(20,'credits','0002_append_only','2026-11-28 00:18:49.885526');
INSERT INTO "django_migrations" VALUES(21,'credits','0003_whole_credits','2026-11-28 00:18:49.997530');
INSERT INTO "django_migrations" VALUES(22,'credits','0004_adjustments','2026-11-28 00:18:50.000936');
INSERT INTO "django_migrations" VALUES(23,'credits','0005_totals','2026-11-28 00:18:50.024765');
INSERT INTO "django_migrations" VALUES(24,'credits','0006_totals_kept','2026-11-28 00:18:50.037833');
INSERT INTO "django_migrations" VALUES(25,'credits','0007_ledger_indexes','2026-11-28 00:18:50.057880');
INSERT INTO "django_migrations" VALUES(26,'datasets','0001_initial','2026-11-28 00:18:50.094478');
INSERT INTO "django_migrations" VALUES(27,'datasets','0002_chores','2026-11-28 00:18:50.101350');
INSERT INTO "django_migrations" VALUES(28,'datasets','0003_fair_queue','2026-11-28 00:18:50.139222');
INSERT INTO "django_migrations" VALUES(29,'datasets','0004_document_counters','2026-11-28 00:18:50.156497');
INSERT INTO "django_migrations" VALUES(30,'fltr_project','0001_initial','2026-11-28 00:18:50.159161');
INSERT INTO "django_migrations" VALUES(31,'sessions','0001_initial','2026-11-28 00:18:50.161195');
CREATE TABLE "fltr_day_totals" ("entries" bigint NOT NULL, "amount" bigint NOT NULL, "account_type" text NOT NULL, "account_id" text NOT NULL, "day" date NOT NULL, "type" text NOT NULL, "operation" text NOT NULL, PRIMARY KEY ("account_type", "account_id", "day", "type", "operation"));
INSERT INTO "fltr_day_totals" VALUES(1,100,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28','bonus','');
INSERT INTO "fltr_day_totals" VALUES(1,100,'user','42c11746-416a-4e63-851b-606707f18c8a','2026-11-28','bonus','');
INSERT INTO "fltr_day_totals" VALUES(2,-4,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28','usage','dataset_create');
INSERT INTO "fltr_day_totals" VALUES(3,-6,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28','usage','document_upload');
INSERT INTO "fltr_day_totals" VALUES(1,2,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28','refund','document_upload');
INSERT INTO "fltr_day_totals" VALUES(1,10,'api_key','ad03f10d-2e54-44cb-be38-de543be750fc','2026-11-28','transfer','');
INSERT INTO "fltr_day_totals" VALUES(4,-17,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28','transfer','');
INSERT INTO "fltr_day_totals" VALUES(2,0,'api_key','a9949872-b505-4096-87b0-cc234c54951a','2026-11-28','transfer','');
INSERT INTO "fltr_day_totals" VALUES(1,7,'team','f000b581-b03e-43e1-941f-c817875f7b77','2026-11-28','transfer','');
INSERT INTO "fltr_day_totals" VALUES(1,-5,'user','42c11746-416a-4e63-851b-606707f18c8a','2026-11-28','usage','hybrid_query');
INSERT INTO "fltr_day_totals" VALUES(1,2,'user','42c11746-416a-4e63-851b-606707f18c8a','2026-11-28','refund','hybrid_query');
CREATE TABLE "fltr_key_totals" ("entries" bigint NOT NULL, "amount" bigint NOT NULL, "api_key_id" text NOT NULL, "day" date NOT NULL, PRIMARY KEY ("api_key_id", "day"));
CREATE TABLE "fltr_quarter_totals" ("entries" bigint NOT NULL, "amount" bigint NOT NULL, "account_type" text NOT NULL, "account_id" text NOT NULL, "quarter" datetime NOT NULL, "type" text NOT NULL, "operation" text NOT NULL, "api_key_id" text NOT NULL, "dataset_id" text NOT NULL, "user_id" text NOT NULL, PRIMARY KEY ("account_type", "account_id", "quarter", "type", "operation", "api_key_id", "dataset_id", "user_id"));
INSERT INTO "fltr_quarter_totals" VALUES(1,100,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28 00:15:00','bonus','','','','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(1,100,'user','42c11746-416a-4e63-851b-606707f18c8a','2026-11-28 00:15:00','bonus','','','','42c11746-416a-4e63-851b-606707f18c8a');
INSERT INTO "fltr_quarter_totals" VALUES(1,-2,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28 00:15:00','usage','dataset_create','','b50cec9a-12d6-4b26-bb94-c23ab1c43af6','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(1,-2,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28 00:15:00','usage','dataset_create','','48931016-7a87-43d4-bf98-302980eb07bd','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(3,-6,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28 00:15:00','usage','document_upload','','b50cec9a-12d6-4b26-bb94-c23ab1c43af6','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(1,2,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28 00:15:00','refund','document_upload','','b50cec9a-12d6-4b26-bb94-c23ab1c43af6','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(1,10,'api_key','ad03f10d-2e54-44cb-be38-de543be750fc','2026-11-28 00:15:00','transfer','','','','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(4,-17,'user','bbe90983-853b-4805-aa3f-582a3998765d','2026-11-28 00:15:00','transfer','','','','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(2,0,'api_key','a9949872-b505-4096-87b0-cc234c54951a','2026-11-28 00:15:00','transfer','','','','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(1,7,'team','f000b581-b03e-43e1-941f-c817875f7b77','2026-11-28 00:15:00','transfer','','','','bbe90983-853b-4805-aa3f-582a3998765d');
INSERT INTO "fltr_quarter_totals" VALUES(1,-5,'user','42c11746-416a-4e63-851b-606707f18c8a','2026-11-28 00:15:00','usage','hybrid_query','','','42c11746-416a-4e63-851b-606707f18c8a');
INSERT INTO "fltr_quarter_totals" VALUES(1,2,'user','42c11746-416a-4e63-851b-606707f18c8a','2026-11-28 00:15:00','refund','hybrid_query','','','42c11746-416a-4e63-851b-606707f18c8a');
CREATE TABLE "fltr_verifications" ("id" varchar(36) NOT NULL PRIMARY KEY, "finished_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "until" datetime NOT NULL, "rows" bigint NOT NULL);
CREATE TABLE sessions (
        id text PRIMARY KEY , expires_at datetime NOT NULL, token text NOT NULL UNIQUE,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL, ip_address text, user_agent text,
        user_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE);
INSERT INTO "sessions" VALUES('fd01fb05-36d9-402d-9f9e-d4551f5217d2','2026-11-28 01:18:51.883742','494d3216b4e0413688331bbb8a25e465','2026-11-28 00:18:51.883742','2026-11-28 00:18:51.883742',NULL,NULL,'bbe90983-853b-4805-aa3f-582a3998765d');
CREATE TABLE subscriptions (
        id text PRIMARY KEY , plan text NOT NULL, reference_id text NOT NULL, stripe_customer_id text,
        stripe_subscription_id text, status text NOT NULL DEFAULT 'incomplete', period_start datetime, period_end datetime,
        trial_start datetime, trial_end datetime, cancel_at_period_end boolean DEFAULT false, cancel_at datetime,
        canceled_at datetime, ended_at datetime, seats integer, billing_interval text, stripe_schedule_id text);
CREATE TABLE "teams" ("id" varchar(36) NOT NULL PRIMARY KEY, "name" text NOT NULL, "credits" integer DEFAULT 0 NOT NULL, "owner_id" varchar(36) NOT NULL, "deleted_at" datetime NULL, "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "updated_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, CONSTRAINT "team_balance_not_negative" CHECK ("credits" >= 0), CONSTRAINT "team_balance_whole" CHECK ("credits" = (CAST("credits" AS integer))));
INSERT INTO "teams" VALUES('f000b581-b03e-43e1-941f-c817875f7b77','Chemists',7,'bbe90983-853b-4805-aa3f-582a3998765d',NULL,'2026-11-28 00:18:52.728530','2026-11-28 00:18:52.744711+00:00');
CREATE TABLE users (
        id text PRIMARY KEY , name text NOT NULL, email text NOT NULL UNIQUE,
        email_verified boolean NOT NULL DEFAULT false, image text,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
        credits integer NOT NULL DEFAULT 0, total_credits_purchased integer NOT NULL DEFAULT 0,
        team_id text, stripe_customer_id text);
INSERT INTO "users" VALUES('bbe90983-853b-4805-aa3f-582a3998765d','Alice','alice-bbe90983@example.com',0,NULL,'2026-11-28 00:18:51.842630','2026-11-28 00:18:52.745619+00:00',75,0,'f000b581-b03e-43e1-941f-c817875f7b77',NULL);
INSERT INTO "users" VALUES('42c11746-416a-4e63-851b-606707f18c8a','Bob','bob-42c11746@example.com',0,NULL,'2026-11-28 00:18:51.880777','2026-11-28 00:18:52.797014+00:00',97,0,NULL,NULL);
CREATE TABLE verifications (
        id text PRIMARY KEY , identifier text NOT NULL, value text NOT NULL, expires_at datetime NOT NULL,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX "sessions_userId_idx" ON sessions (user_id);
CREATE INDEX "accounts_userId_idx" ON accounts (user_id);
CREATE INDEX "verifications_identifier_idx" ON verifications (identifier);
CREATE INDEX "credit_entry_by_account" ON "credit_transactions" ("account_type", "account_id", "created_at" DESC, "id" DESC);
CREATE INDEX "credit_entry_by_key" ON "credit_transactions" ("api_key_id", "created_at") WHERE "api_key_id" IS NOT NULL;
CREATE INDEX "credit_entry_by_refund_of" ON "credit_transactions" ("refund_of") WHERE "refund_of" IS NOT NULL;
CREATE INDEX "credit_entry_by_user" ON "credit_transactions" ("user_id", "created_at");
CREATE TRIGGER credit_entries_are_somebodys AFTER INSERT ON credit_transactions
            WHEN NEW.account_type IS NULL BEGIN UPDATE credit_transactions SET account_type = 'user', account_id = user_id WHERE account_type IS NULL AND id = NEW.id; END;
CREATE TRIGGER credit_entries_are_not_deleted BEFORE DELETE ON credit_transactions
            BEGIN SELECT RAISE(ABORT, 'Rows of credit_transactions are never changed or deleted; a correction is a new row.'); END;
CREATE INDEX "api_key_by_user" ON "api_key_credits" ("user_id", "created_at");
CREATE TRIGGER credit_entries_are_whole BEFORE INSERT ON credit_transactions
    WHEN typeof(NEW.amount) <> 'integer' OR typeof(NEW.balance_after) NOT IN ('integer', 'null')
    BEGIN SELECT RAISE(ABORT, 'Credits are whole numbers.'); END;
CREATE TRIGGER credit_entries_are_kept BEFORE UPDATE ON credit_transactions WHEN OLD.id IS NOT NEW.id OR OLD.user_id IS NOT NEW.user_id OR OLD.team_id IS NOT NEW.team_id OR OLD.amount IS NOT NEW.amount OR OLD.type IS NOT NEW.type OR OLD.operation IS NOT NEW.operation OR OLD.resource_id IS NOT NEW.resource_id OR OLD.api_key_id IS NOT NEW.api_key_id OR OLD.metadata IS NOT NEW.metadata OR OLD.created_at IS NOT NEW.created_at OR OLD.idempotency_key IS NOT NEW.idempotency_key OR OLD.balance_after IS NOT NEW.balance_after OR OLD.refund_of IS NOT NEW.refund_of OR OLD.dataset_id IS NOT NEW.dataset_id OR OLD.account_type IS NOT NULL AND OLD.account_type IS NOT NEW.account_type OR OLD.account_id IS NOT NULL AND OLD.account_id IS NOT NEW.account_id BEGIN SELECT RAISE(ABORT, 'Rows of credit_transactions are never changed or deleted; a correction is a new row.'); END;
CREATE TRIGGER credit_entries_are_totalled AFTER INSERT ON credit_transactions BEGIN INSERT INTO fltr_quarter_totals (account_type, account_id, quarter, type, operation, api_key_id, dataset_id, user_id, entries, amount) SELECT COALESCE(CAST(NEW.account_type AS text), 'user'), COALESCE(CAST(NEW.account_id AS text), CAST(NEW.user_id AS text)), SUBSTR(DATETIME(NEW.created_at), 1, 14) || SUBSTR('00153045', CAST(SUBSTR(DATETIME(NEW.created_at), 15, 2) AS integer) / 15 * 2 + 1, 2) || ':00', CAST(NEW.type AS text), COALESCE(CAST(NEW.operation AS text), ''), COALESCE(CAST(NEW.api_key_id AS text), ''), COALESCE(CAST(NEW.dataset_id AS text), ''), CAST(NEW.user_id AS text), 1, NEW.amount WHERE true ON CONFLICT (account_type, account_id, quarter, type, operation, api_key_id, dataset_id, user_id) DO UPDATE SET entries = fltr_quarter_totals.entries + excluded.entries, amount = fltr_quarter_totals.amount + excluded.amount; INSERT INTO fltr_day_totals (account_type, account_id, day, type, operation, entries, amount) SELECT COALESCE(CAST(NEW.account_type AS text), 'user'), COALESCE(CAST(NEW.account_id AS text), CAST(NEW.user_id AS text)), DATE(NEW.created_at), CAST(NEW.type AS text), COALESCE(CAST(NEW.operation AS text), ''), 1, NEW.amount WHERE true ON CONFLICT (account_type, account_id, day, type, operation) DO UPDATE SET entries = fltr_day_totals.entries + excluded.entries, amount = fltr_day_totals.amount + excluded.amount; INSERT INTO fltr_key_totals (api_key_id, day, entries, amount) SELECT COALESCE(CAST(NEW.api_key_id AS text), ''), DATE(NEW.created_at), 1, NEW.amount WHERE NEW.api_key_id IS NOT NULL AND CAST(NEW.type AS text) IN ('usage', 'refund') ON CONFLICT (api_key_id, day) DO UPDATE SET entries = fltr_key_totals.entries + excluded.entries, amount = fltr_key_totals.amount + excluded.amount; END;
CREATE INDEX "credit_entry_by_time" ON "credit_transactions" ("created_at" DESC, "id" DESC);
CREATE INDEX "credit_entry_by_resource" ON "credit_transactions" ("resource_id") WHERE "resource_id" IS NOT NULL;
CREATE INDEX "credit_entry_of_type" ON "credit_transactions" ("type", "created_at" DESC, "id" DESC) WHERE NOT ("type" = 'usage');
CREATE INDEX "credit_entry_by_type" ON "credit_transactions" ("account_type", "account_id", "type", "created_at" DESC, "id" DESC) WHERE NOT ("type" = 'usage');
CREATE INDEX "credit_entry_by_operation" ON "credit_transactions" ("account_type", "account_id", "operation", "created_at" DESC, "id" DESC);
COMMIT;
