// A table filter hides tables, but not the sequences behind their columns: push would drop this one, and fail.
import { pgSequence } from "drizzle-orm/pg-core";

export const djangoMigrationsId = pgSequence("django_migrations_id_seq");
