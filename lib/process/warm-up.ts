import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { warmPrisma } from "@/lib/db/warm-prisma"

/** One page of each kind; nobody is signed in, so that they load and lead away. */
const paths = ["/sign-in", "/inbox", "/runs", "/runs/none", "/approvals/none", "/nowhere"]

/**
 * Loads what the first pages would otherwise wait for: their modules, and the
 * database client. Loaded while people wait, on a busy machine, it took so long
 * that their reads ran out of time and the pages broke (React error 441).
 */
export async function warmUp(pages: RequestListener): Promise<void> {
  const server = createServer(pages)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo

  try {
    await warmPrisma()
    for (const path of paths) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" })
      await response.arrayBuffer()
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
