import { createServer } from "node:http"
import { getRequestListener } from "@hono/node-server"
import { createPool } from "@/lib/db/pool"
import { nobodyWatches } from "@/lib/db/watch/watch"
import { readConfig } from "@/lib/env/config"
import { setRuntime } from "@/lib/env/runtime"
import { suppliedSecrets } from "@/lib/env/secrets"
import { createApi } from "@/lib/http/app"
import { listenForChanges } from "@/lib/notifications/notifier"
import { createLogger } from "@/lib/observability/logger"

/** The REST app in a process of its own, over the database and with the secrets that its environment names. */
const [rootDir = ""] = process.argv.slice(2)
const { DATABASE_URL = "", ...env } = process.env
const server = createServer((request, response) => void answer(request, response))
// No connection ends under a request that is just being sent.
server.keepAliveTimeout = 600_000
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
const address = server.address()
if (address === null || typeof address === "string") throw new Error("The server has no port.")

setRuntime({
  config: readConfig({ PORT: String(address.port), NODE_ENV: "production" }, rootDir),
  secrets: suppliedSecrets(env),
  logger: createLogger({ level: "error" }),
  pool: createPool({ url: DATABASE_URL, max: 12, onError: () => undefined }),
  directUrl: DATABASE_URL,
  isPooled: false,
  watch: nobodyWatches,
  stopping: new AbortController().signal,
})
void listenForChanges()
const answer = getRequestListener(createApi().fetch)

process.send?.({ url: `http://127.0.0.1:${address.port}` })
process.once("SIGTERM", () => process.exit(0))
process.once("disconnect", () => process.exit(0))
