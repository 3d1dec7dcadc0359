// What a site does when Stripe says that a subscription was paid for another period: it tells FLTR.
import { pool } from "./database.mjs";

const PLAN = { newCredits: 50, planLimit: 80 };

/** Handle an event of Stripe's. What throws here is a failure to Stripe, who then sends the event again. */
export async function onEvent(event) {
  const invoice = event.data.object;
  if (event.type !== "invoice.paid" || invoice.billing_reason !== "subscription_cycle") return;
  const users = await pool.query("SELECT id FROM users WHERE stripe_customer_id = $1", [invoice.customer]);
  if (users.rows.length !== 1) throw new Error(`${users.rows.length} users are customer ${invoice.customer}.`);
  await renew(users.rows[0].id, invoice.id);
}

async function renew(userId, invoiceId) {
  const answer = await fetch(`${process.env.FLTR_URL}/api/v1/credits/subscription-renewal`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Webhook-Secret": process.env.INTERNAL_WEBHOOK_SECRET },
    body: JSON.stringify({
      user_id: userId,
      new_credits: PLAN.newCredits,
      plan_limit: PLAN.planLimit,
      idempotency_key: invoiceId,
    }),
  });
  if (!answer.ok) throw new Error(`FLTR answered ${answer.status}: ${await answer.text()}`);
}
