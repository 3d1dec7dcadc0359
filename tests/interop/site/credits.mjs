// The credit tables as a site may have declared them before our service came.
import { integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const creditTransactions = pgTable("credit_transactions", {
  id: uuid("id").defaultRandom().primaryKey(),
  userId: text("user_id").notNull(),
  teamId: text("team_id"),
  amount: integer("amount").notNull(),
  type: text("type").notNull(),
  operation: text("operation"),
  resourceId: text("resource_id"),
  apiKeyId: text("api_key_id"),
  metadata: jsonb("metadata"),
  createdAt: timestamp("created_at").defaultNow().notNull(),
});

export const teams = pgTable("teams", {
  id: uuid("id").defaultRandom().primaryKey(),
  name: text("name").notNull(),
  credits: integer("credits").default(0).notNull(),
  ownerId: text("owner_id").notNull(),
  createdAt: timestamp("created_at").defaultNow().notNull(),
  updatedAt: timestamp("updated_at").defaultNow().notNull(),
});

export const apiKeyCredits = pgTable("api_key_credits", {
  apiKey: text("api_key").primaryKey(),
  userId: text("user_id").notNull(),
  teamId: text("team_id"),
  credits: integer("credits"),
  dailyLimit: integer("daily_limit"),
  monthlyLimit: integer("monthly_limit"),
  createdAt: timestamp("created_at").defaultNow().notNull(),
  updatedAt: timestamp("updated_at").defaultNow().notNull(),
});
