import { createServer } from "node:http"
import { getRequestListener } from "@hono/node-server"
import { createPool } from "@/lib/db/pool"
import { nobodyWatches } from "@/lib/db/watch/watch"
import { readConfig } from "@/lib/env/config"
import { setRuntime } from "@/lib/env/runtime"
import { keptSecrets } from "@/lib/env/secrets"
import { createApi } from "@/lib/http/app"
import { listenForChanges } from "@/lib/notifications/notifier"
import { createLogger } from "@/lib/observability/logger"
import { seedDemo } from "@/prisma/seed/demo"

const [databaseUrl = "", dataDir = ""] = process.argv.slice(2)

/** The REST app as the server runs it, without the pages. */
const server = createServer((request, response) => void answer(request, response))
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
const address = server.address()
if (address === null || typeof address === "string") throw new Error("The server has no port.")

setRuntime({
  config: readConfig({ PORT: String(address.port), NODE_ENV: "production" }, process.cwd()),
  secrets: await keptSecrets(dataDir),
  logger: createLogger({ level: "warn" }),
  pool: createPool({ url: databaseUrl, onError: () => undefined }),
  directUrl: databaseUrl,
  isPooled: false,
  watch: nobodyWatches,
  stopping: new AbortController().signal,
})
const demo = await seedDemo()
void listenForChanges()
const answer = getRequestListener(createApi().fetch)

process.send?.({ origin: `http://127.0.0.1:${address.port}`, apiKey: demo.tenants[0]?.apiKey ?? "" })
process.on("SIGTERM", () => process.exit(0))
