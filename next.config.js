/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // `npm run check` reports types and lint, once.
  typescript: { ignoreBuildErrors: true },
  // Native or stateful packages: loaded from node_modules, one instance for the whole process.
  serverExternalPackages: [
    "@hono/node-server",
    "@node-rs/argon2",
    "@prisma/adapter-pg",
    "@prisma/client",
    "pg",
    "pino",
    "piscina",
  ],
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
}
