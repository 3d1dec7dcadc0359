// What a site with credit tables of its own did before our service came, and may go on doing: `node buy.mjs USER CREDITS`.
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { creditTransactions } from "./credits.mjs";
import { pool } from "./database.mjs";
import { users } from "./schema.mjs";

const [userId, amount] = [process.argv[2], Number(process.argv[3])];

await drizzle(pool).transaction(async (tx) => {
  await tx.insert(creditTransactions).values({ userId, amount, type: "purchase", metadata: { by: "the site" } });
  await tx.update(users).set({ credits: sql`${users.credits} + ${amount}` }).where(eq(users.id, userId));
});
await pool.end();
