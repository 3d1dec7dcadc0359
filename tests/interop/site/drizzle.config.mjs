export default {
  dialect: "postgresql",
  schema: process.env.SITE_CREDITS ? ["./schema.mjs", "./credits.mjs"] : "./schema.mjs",
  out: "./drizzle",
  dbCredentials: { url: process.env.DATABASE_URL },
};
