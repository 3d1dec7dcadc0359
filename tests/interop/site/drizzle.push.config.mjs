// For `drizzle-kit push`, which drops every table and sequence that it does not know: shows it this site's tables only.
import config from "./drizzle.config.mjs";

export default {
  ...config,
  schema: ["./schema.mjs", "./foreign-sequences.mjs"],
  tablesFilter: ["users", "sessions", "accounts", "verifications", "subscriptions"],
};
