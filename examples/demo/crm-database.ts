import { randomBytes } from "node:crypto"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"

/** A PostgreSQL for the client's CRM that is gone after the demo. */
export type CrmDatabase = Readonly<{ url: string; stop: () => Promise<void> }>

/** Ours to start, unlike everything else here: a client would have a CRM of its own. */
export async function startCrmDatabase(): Promise<CrmDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "deltaseal-demo-crm-"))
  const secret = () => randomBytes(24).toString("hex")
  const server = await startEmbeddedPostgres({
    dataDir,
    passwords: { superuser: secret(), owner: secret(), app: secret() },
    database: "crm",
    durable: false,
  })

  return {
    url: server.ownerUrl,
    stop: async () => {
      await server.stop()
      await rm(await realpath(join(dataDir, "postgres")), { recursive: true, force: true })
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
