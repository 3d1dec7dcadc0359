// The site: Better Auth behind plain node http. It ends when its standard input does.
import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import { drizzle } from "drizzle-orm/node-postgres";
import { createServer } from "node:http";
import { pool } from "./database.mjs";
import { adapterFor, options } from "./options.mjs";
import * as schema from "./schema.mjs";

const auth = betterAuth({ ...options, database: adapterFor(drizzle(pool, { schema }), schema) });
const server = createServer(toNodeHandler(auth));
server.listen(Number(new URL(options.baseURL).port), "127.0.0.1", () => console.log("ready"));

process.stdin.on("end", () => process.exit()).resume();
