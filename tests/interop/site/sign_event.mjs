// Prints the header with which Stripe would have signed the event on standard input.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const payload = readFileSync(0, "utf8");
const secret = process.env.STRIPE_WEBHOOK_SECRET;
console.log(new Stripe("sk_test_offline").webhooks.generateTestHeaderString({ payload, secret }));
