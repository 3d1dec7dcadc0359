// Writes the Drizzle schema by Better Auth's own generator.
import { writeFileSync } from "node:fs";
import { adapterFor, options } from "./options.mjs";

// The generator's package also reads Prisma schemas, with a function that Node 20 does not have; nothing here calls it.
Object.groupBy ??= (items, keyOf) => {
  const groups = Object.create(null);
  for (const item of items) (groups[keyOf(item)] ??= []).push(item);
  return groups;
};

const { generateDrizzleSchema } = await import("auth/api");
const { code } = await generateDrizzleSchema({ options, adapter: adapterFor({}, {})(options) });
writeFileSync("schema.mjs", code);
