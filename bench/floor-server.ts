import { readFile } from "node:fs/promises"
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { createPool } from "@/lib/db/pool"

const [databaseUrl = ""] = process.argv.slice(2)

/** The least that could answer: a handler, a pool, one statement. */
const pool = createPool({ url: databaseUrl, onError: () => undefined })
const app = new Hono()
for (const name of ["create", "poll", "consume"]) {
  const sql = await readFile(`bench/floor/${name}.sql`, "utf8")
  app.post(`/${name}`, async (context) => {
    await context.req.json()
    const { rows } = await pool.query(sql)
    return context.json({ rows })
  })
}

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  process.send?.({ origin: `http://127.0.0.1:${port}` })
})
process.on("SIGTERM", () => process.exit(0))
