BEGIN TRANSACTION;
CREATE TABLE accounts (
        id text PRIMARY KEY , account_id text NOT NULL, provider_id text NOT NULL,
        user_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        access_token text, refresh_token text, id_token text,
        access_token_expires_at datetime, refresh_token_expires_at datetime, scope text, password text,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL);
CREATE TABLE "api_key_credits" ("api_key" text NOT NULL PRIMARY KEY, "id" varchar(36) NOT NULL UNIQUE, "user_id" text NOT NULL, "team_id" text NULL, "credits" integer NULL, "daily_limit" integer NULL, "monthly_limit" integer NULL, "name" text DEFAULT '' NOT NULL, "prefix" text DEFAULT '' NOT NULL, "scopes" text NULL CHECK ((JSON_VALID("scopes") OR "scopes" IS NULL)), "expires_at" datetime NULL, "revoked_at" datetime NULL, "last_used_at" datetime NULL, "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "updated_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, CONSTRAINT "api_key_balance_not_negative" CHECK (("credits" IS NULL OR "credits" >= 0)));
INSERT INTO "api_key_credits" VALUES('4bb532d6ca5d14f6d197ec1bc8ec90eb0bb51faf12005b052cf6da9f56324a9f','d59c7731-94b4-41bb-b8bc-c19b3170e1ef','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,10,5,NULL,'A pool','fltr_sk_mevMfz',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.725223','2026-11-28 00:19:21.727268+00:00');
INSERT INTO "api_key_credits" VALUES('f6bab1563a7c7b51903ff02081ab2db5d195afe1c4bc9e3b2f8afac233992ce1','ca7ac211-c1e5-4b27-9af6-40c34578a195','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,NULL,NULL,NULL,'Revoked','fltr_sk_XLZdoW',NULL,NULL,'2026-11-28 00:19:21.777435',NULL,'2026-11-28 00:19:21.753945','2026-11-28 00:19:21.777435');
CREATE TABLE "credit_transactions" ("id" varchar(36) NOT NULL PRIMARY KEY, "user_id" text NOT NULL, "team_id" text NULL, "amount" integer NOT NULL, "type" text NOT NULL, "operation" text NULL, "resource_id" text NULL, "api_key_id" text NULL, "metadata" text NULL CHECK ((JSON_VALID("metadata") OR "metadata" IS NULL)), "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "account_type" text NULL, "account_id" text NULL, "idempotency_key" text NULL, "balance_after" integer NULL, "refund_of" text NULL, CONSTRAINT "credit_entry_key_once_per_account" UNIQUE ("account_type", "account_id", "idempotency_key"));
INSERT INTO "credit_transactions" VALUES('4d63c772-9984-496b-86b3-d8df9dfe2988','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,100,'bonus',NULL,NULL,NULL,NULL,'2026-11-28 00:19:20.401198','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','first-credits',100,NULL);
INSERT INTO "credit_transactions" VALUES('495dff68-1962-4446-86ba-b8d713f8a4d0','0cc5e263-1517-4675-a25c-5553a732c867',NULL,100,'bonus',NULL,NULL,NULL,NULL,'2026-11-28 00:19:20.413309','user','0cc5e263-1517-4675-a25c-5553a732c867','first-credits',100,NULL);
INSERT INTO "credit_transactions" VALUES('435dafa2-8cff-4f06-86f1-8aa0c3e0bece','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-2,'usage','dataset_create','62624f2c-9439-4e73-aa08-108cc6cab1fb',NULL,NULL,'2026-11-28 00:19:21.420977','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','dataset_create:62624f2c-9439-4e73-aa08-108cc6cab1fb',98,NULL);
INSERT INTO "credit_transactions" VALUES('0168da8a-15f9-427f-802b-bc1c44675eff','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-2,'usage','dataset_create','83e5d554-81ab-40de-bc77-c5666e566520',NULL,NULL,'2026-11-28 00:19:21.453166','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','dataset_create:83e5d554-81ab-40de-bc77-c5666e566520',96,NULL);
INSERT INTO "credit_transactions" VALUES('6da2a4a4-f021-4662-ac7d-a5b7f1401134','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-2,'usage','document_upload','01679279-8239-5f0e-9818-7bb6018fba3a',NULL,NULL,'2026-11-28 00:19:21.516916','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','document_upload:01679279-8239-5f0e-9818-7bb6018fba3a:1',94,NULL);
INSERT INTO "credit_transactions" VALUES('fe976fb2-e0b4-41d4-a596-210cf310f673','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-2,'usage','document_upload','888c99aa-3a65-5352-9c57-ee6a440a909d',NULL,NULL,'2026-11-28 00:19:21.572947','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','document_upload:888c99aa-3a65-5352-9c57-ee6a440a909d:1',92,NULL);
INSERT INTO "credit_transactions" VALUES('756330c1-5ee5-40e6-a643-78db9197b9f4','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-2,'usage','document_upload','9da99f16-f429-55b5-aeed-dc63ca6d38b7',NULL,NULL,'2026-11-28 00:19:21.620936','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','document_upload:9da99f16-f429-55b5-aeed-dc63ca6d38b7:1',90,NULL);
INSERT INTO "credit_transactions" VALUES('e4b033ac-64fb-45fb-bdea-a77964bacedc','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,2,'refund','document_upload','9da99f16-f429-55b5-aeed-dc63ca6d38b7',NULL,'{"error_type": "system_error", "reason": "The job was cancelled."}','2026-11-28 00:19:21.683107','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','refund:756330c1-5ee5-40e6-a643-78db9197b9f4',92,'756330c1-5ee5-40e6-a643-78db9197b9f4');
INSERT INTO "credit_transactions" VALUES('ada7703d-085d-4617-b08d-bf8593cbc883','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,10,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.727453','api_key','d59c7731-94b4-41bb-b8bc-c19b3170e1ef','pool:d59c7731-94b4-41bb-b8bc-c19b3170e1ef',10,NULL);
INSERT INTO "credit_transactions" VALUES('edfa611a-477e-4b82-92d4-e7674d4c574f','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-10,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.727774','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','pool:d59c7731-94b4-41bb-b8bc-c19b3170e1ef',82,NULL);
INSERT INTO "credit_transactions" VALUES('22e88012-d7ec-4723-bf65-d1adc73e420b','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.755334','api_key','ca7ac211-c1e5-4b27-9af6-40c34578a195','pool:ca7ac211-c1e5-4b27-9af6-40c34578a195',3,NULL);
INSERT INTO "credit_transactions" VALUES('5051a360-aac1-4fbe-a1ae-9392c2a6cc33','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.755714','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','pool:ca7ac211-c1e5-4b27-9af6-40c34578a195',79,NULL);
INSERT INTO "credit_transactions" VALUES('e815a5f4-a6c5-4f0b-8b55-7d449c74d9b8','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.772041','api_key','ca7ac211-c1e5-4b27-9af6-40c34578a195','revoked:ca7ac211-c1e5-4b27-9af6-40c34578a195',0,NULL);
INSERT INTO "credit_transactions" VALUES('b3ccdb8b-ba9d-456f-ba5a-602002e1d355','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,3,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.772337','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','revoked:ca7ac211-c1e5-4b27-9af6-40c34578a195',82,NULL);
INSERT INTO "credit_transactions" VALUES('03333412-3458-48d4-ad15-16d610a2b217','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,7,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.814408','team','f9d010fc-7693-40d1-9d33-d765e4729d5a','team_credits:78bfe8de-d387-4a35-86a0-c27538cccdf4',7,NULL);
INSERT INTO "credit_transactions" VALUES('5ef0ac65-b718-473f-9fc9-bdc9ead948d1','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,-7,'transfer',NULL,NULL,NULL,NULL,'2026-11-28 00:19:21.814724','user','2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','team_credits:78bfe8de-d387-4a35-86a0-c27538cccdf4',75,NULL);
INSERT INTO "credit_transactions" VALUES('a53db05a-6f57-48df-a419-cf6f550afc80','0cc5e263-1517-4675-a25c-5553a732c867',NULL,-5,'usage','hybrid_query',NULL,NULL,NULL,'2026-11-28 00:19:21.889815','user','0cc5e263-1517-4675-a25c-5553a732c867','site:a question',95,NULL);
INSERT INTO "credit_transactions" VALUES('dfa45a73-8459-4c9b-8801-4e548767bf6e','0cc5e263-1517-4675-a25c-5553a732c867',NULL,2,'refund','hybrid_query',NULL,NULL,'{"error_type": "system_error", "reason": ""}','2026-11-28 00:19:21.903697','user','0cc5e263-1517-4675-a25c-5553a732c867','site:its refund',97,'a53db05a-6f57-48df-a419-cf6f550afc80');
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO "django_migrations" VALUES(1,'contenttypes','0001_initial','2026-11-28 00:19:17.165030');
INSERT INTO "django_migrations" VALUES(2,'auth','0001_initial','2026-11-28 00:19:17.187947');
INSERT INTO "django_migrations" VALUES(3,'admin','0001_initial','2026-11-28 00:19:17.214611');
INSERT INTO "django_migrations" VALUES(4,'admin','0002_logentry_remove_auto_add','2026-11-28 00:19:17.235973');
INSERT INTO "django_migrations" VALUES(5,'admin','0003_logentry_add_action_flag_choices','2026-11-28 00:19:17.264958');
INSERT INTO "django_migrations" VALUES(6,'contenttypes','0002_remove_content_type_name','2026-11-28 00:19:17.285551');
INSERT INTO "django_migrations" VALUES(7,'auth','0002_alter_permission_name_max_length','2026-11-28 00:19:17.301679');
INSERT INTO "django_migrations" VALUES(8,'auth','0003_alter_user_email_max_length','2026-11-28 00:19:17.311914');
INSERT INTO "django_migrations" VALUES(9,'auth','0004_alter_user_username_opts','2026-11-28 00:19:17.330454');
INSERT INTO "django_migrations" VALUES(10,'auth','0005_alter_user_last_login_null','2026-11-28 00:19:17.345563');
INSERT INTO "django_migrations" VALUES(11,'auth','0006_require_contenttypes_0002','2026-11-28 00:19:17.352855');
INSERT INTO "django_migrations" VALUES(12,'auth','0007_alter_validators_add_error_messages','2026-11-28 00:19:17.365728');
INSERT INTO "django_migrations" VALUES(13,'auth','0008_alter_user_username_max_length','2026-11-28 00:19:17.378371');
INSERT INTO "django_migrations" VALUES(14,'auth','0009_alter_user_last_name_max_length','2026-11-28 00:19:17.394030');
INSERT INTO "django_migrations" VALUES(15,'auth','0010_alter_group_name_max_length','2026-11-28 00:19:17.408471');
INSERT INTO "django_migrations" VALUES(16,'auth','0011_update_proxy_permissions','2026-11-28 00:19:17.411545');
INSERT INTO "django_migrations" VALUES(17,'auth','0012_alter_user_first_name_max_length','2026-11-28 00:19:17.425049');
INSERT INTO "django_migrations" VALUES(18,'authbridge','0001_initial','2026-11-28 00:19:17.436357');
INSERT INTO "django_migrations" VALUES(19,'credits','0001_initial','2026-11-28 00:19:17.512780');
INSERT INTO "django_migrations" VALUES(20,'credits','0002_append_only','2026-11-28 00:19:17.535590');
INSERT INTO "django_migrations" VALUES(21,'datasets','0001_initial','2026-11-28 00:19:17.645728');
INSERT INTO "django_migrations" VALUES(22,'fltr_project','0001_initial','2026-11-28 00:19:17.655468');
INSERT INTO "django_migrations" VALUES(23,'sessions','0001_initial','2026-11-28 00:19:17.661998');
CREATE TABLE sessions (
        id text PRIMARY KEY , expires_at datetime NOT NULL, token text NOT NULL UNIQUE,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL, ip_address text, user_agent text,
        user_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE);
INSERT INTO "sessions" VALUES('e1c156c6-78d3-418d-b5b4-5b0c21eb1c1a','2026-11-28 01:19:20.416678','04b90e49e8ce4b4cbfefe14d009a8c09','2026-11-28 00:19:20.416678','2026-11-28 00:19:20.416678',NULL,NULL,'2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd');
CREATE TABLE subscriptions (
        id text PRIMARY KEY , plan text NOT NULL, reference_id text NOT NULL, stripe_customer_id text,
        stripe_subscription_id text, status text NOT NULL DEFAULT 'incomplete', period_start datetime, period_end datetime,
        trial_start datetime, trial_end datetime, cancel_at_period_end boolean DEFAULT false, cancel_at datetime,
        canceled_at datetime, ended_at datetime, seats integer, billing_interval text, stripe_schedule_id text);
CREATE TABLE "teams" ("id" varchar(36) NOT NULL PRIMARY KEY, "name" text NOT NULL, "credits" integer DEFAULT 0 NOT NULL, "owner_id" varchar(36) NOT NULL, "deleted_at" datetime NULL, "created_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "updated_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, CONSTRAINT "team_balance_not_negative" CHECK ("credits" >= 0));
INSERT INTO "teams" VALUES('f9d010fc-7693-40d1-9d33-d765e4729d5a','Chemists',7,'2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd',NULL,'2026-11-28 00:19:21.792753','2026-11-28 00:19:21.814205+00:00');
CREATE TABLE users (
        id text PRIMARY KEY , name text NOT NULL, email text NOT NULL UNIQUE,
        email_verified boolean NOT NULL DEFAULT false, image text,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
        credits integer NOT NULL DEFAULT 0, total_credits_purchased integer NOT NULL DEFAULT 0,
        team_id text, stripe_customer_id text);
INSERT INTO "users" VALUES('2ee473a2-d6c4-4eaf-bf35-58a5d4dfe2dd','Alice','alice-2ee473a2@example.com',0,NULL,'2026-11-28 00:19:20.382271','2026-11-28 00:19:21.814627+00:00',75,0,'f9d010fc-7693-40d1-9d33-d765e4729d5a',NULL);
INSERT INTO "users" VALUES('0cc5e263-1517-4675-a25c-5553a732c867','Bob','bob-0cc5e263@example.com',0,NULL,'2026-11-28 00:19:20.407693','2026-11-28 00:19:21.903565+00:00',97,0,NULL,NULL);
CREATE TABLE verifications (
        id text PRIMARY KEY , identifier text NOT NULL, value text NOT NULL, expires_at datetime NOT NULL,
        created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX "sessions_userId_idx" ON sessions (user_id);
CREATE INDEX "accounts_userId_idx" ON accounts (user_id);
CREATE INDEX "verifications_identifier_idx" ON verifications (identifier);
CREATE INDEX "api_key_by_user" ON "api_key_credits" ("user_id", "created_at");
CREATE INDEX "credit_entry_by_account" ON "credit_transactions" ("account_type", "account_id", "created_at" DESC, "id" DESC);
CREATE INDEX "credit_entry_by_key" ON "credit_transactions" ("api_key_id", "created_at") WHERE "api_key_id" IS NOT NULL;
CREATE INDEX "credit_entry_by_refund_of" ON "credit_transactions" ("refund_of") WHERE "refund_of" IS NOT NULL;
CREATE INDEX "credit_entry_by_user" ON "credit_transactions" ("user_id", "created_at");
CREATE TRIGGER credit_entries_are_somebodys AFTER INSERT ON credit_transactions
            WHEN NEW.account_type IS NULL BEGIN UPDATE credit_transactions SET account_type = 'user', account_id = user_id WHERE account_type IS NULL AND id = NEW.id; END;
CREATE TRIGGER credit_entries_are_kept BEFORE UPDATE ON credit_transactions WHEN OLD.id IS NOT NEW.id OR OLD.user_id IS NOT NEW.user_id OR OLD.team_id IS NOT NEW.team_id OR OLD.amount IS NOT NEW.amount OR OLD.type IS NOT NEW.type OR OLD.operation IS NOT NEW.operation OR OLD.resource_id IS NOT NEW.resource_id OR OLD.api_key_id IS NOT NEW.api_key_id OR OLD.metadata IS NOT NEW.metadata OR OLD.created_at IS NOT NEW.created_at OR OLD.idempotency_key IS NOT NEW.idempotency_key OR OLD.balance_after IS NOT NEW.balance_after OR OLD.refund_of IS NOT NEW.refund_of OR OLD.account_type IS NOT NULL AND OLD.account_type IS NOT NEW.account_type OR OLD.account_id IS NOT NULL AND OLD.account_id IS NOT NEW.account_id
            BEGIN SELECT RAISE(ABORT, 'Rows of credit_transactions are never changed or deleted; a correction is a new row.'); END;
CREATE TRIGGER credit_entries_are_not_deleted BEFORE DELETE ON credit_transactions
            BEGIN SELECT RAISE(ABORT, 'Rows of credit_transactions are never changed or deleted; a correction is a new row.'); END;
COMMIT;
