/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // `npm run check` reports types and lint, once.
  typescript: { ignoreBuildErrors: true },
  // What a browser asks for where a page names no icon, as when the server failed.
  rewrites: () => [{ source: "/favicon.ico", destination: "/icon.svg" }],
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
