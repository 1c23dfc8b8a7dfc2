import { defineConfig } from "prisma/config"

// `generate` asks for a native engine that is a download; the client we generate
// never uses it, and any program that exists satisfies the question. Migrations
// run on the WebAssembly engine (lib/db/migrate.ts).
process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= process.execPath

const url = process.env["DATABASE_OWNER_URL"] ?? process.env["DATABASE_URL"]

export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
  ...(url === undefined ? {} : { datasource: { url } }),
})
