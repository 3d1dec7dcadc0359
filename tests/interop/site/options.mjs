// What this site is: the server, the schema generator and drizzle-kit read the same options, all from the environment.
import { stripe } from "@better-auth/stripe";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { admin, bearer } from "better-auth/plugins";
import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { onEvent } from "./renewals.mjs";

const env = process.env;

// uuid: native uuid columns. text: the library's own 32 letters and digits. uuid-in-text: UUIDs in text columns.
const GENERATE_ID = { uuid: "uuid", text: undefined, "uuid-in-text": () => randomUUID() };

// Never called over the network: a webhook is verified with its secret alone.
const stripeClient = new Stripe("sk_test_offline", { telemetry: false });

const integer = { type: "number", required: true, defaultValue: 0, input: false };
const text = { type: "string", required: false, input: false };

export const options = {
  baseURL: env.SITE_URL,
  secret: env.BETTER_AUTH_SECRET,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  user: {
    deleteUser: { enabled: true },
    additionalFields: {
      credits: integer,
      total_credits_purchased: integer,
      team_id: text,
      ...(env.SITE_LOCALE && { locale: text }),
    },
  },
  session: { cookieCache: { enabled: Boolean(env.SITE_COOKIE_CACHE), maxAge: 300 } },
  advanced: {
    database: { generateId: GENERATE_ID[env.SITE_IDS ?? "uuid"] },
    useSecureCookies: Boolean(env.SITE_SECURE_COOKIES),
    cookiePrefix: env.SITE_COOKIE_PREFIX,
  },
  plugins: [
    bearer(),
    stripe({
      stripeClient,
      stripeWebhookSecret: env.STRIPE_WEBHOOK_SECRET,
      subscription: { enabled: true, plans: [{ name: "pro", priceId: "price_pro" }] },
      onEvent,
    }),
    ...(env.SITE_ADMIN ? [admin()] : []),
  ],
};

/** Return Better Auth's adapter for a database, which the generator can do without. */
export function adapterFor(database, schema) {
  return drizzleAdapter(database, { provider: "pg", usePlural: true, schema });
}
