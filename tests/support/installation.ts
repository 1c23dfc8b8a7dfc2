import pg from "pg"
import { newId } from "@/lib/operations/new-id"
import { seedDemo, type SeededDemo } from "@/prisma/seed/demo"
import { caller, callerOfSession, type Caller } from "./api"
import { testSecrets } from "./node"
import type { ExternalDatabase } from "./external-database"
import { startTestRuntime } from "./runtime"

/** The demo agency in a database that real server processes use, and callers for whichever of them. */
export type Installation = Readonly<{
  demo: SeededDemo
  tenantId: string
  /** Looks across tenants and moves what the product will not. */
  su: pg.Client
  key: (url: string, tenant?: number) => Caller
  withKey: (url: string, apiKey: string) => Caller
  /** A session of the person with this role, good at every node. */
  session: (role: string) => Promise<{ sessionId: string; at: (url: string) => Promise<Caller> }>
  close: () => Promise<void>
}>

/** @param database migrated already; seeded too, when it says who is in it */
export async function seedInstallation(
  database: Pick<ExternalDatabase, "appUrl" | "superuserUrl"> & Readonly<{ demo?: SeededDemo }>,
): Promise<Installation> {
  const runtime = startTestRuntime(database.appUrl, { secrets: testSecrets })
  const demo = database.demo ?? (await seedDemo())
  const su = new pg.Client({ connectionString: database.superuserUrl })
  await su.connect()

  return {
    demo,
    tenantId: demo.tenants[0]?.tenantId ?? "",
    su,
    key: (url, tenant = 0) => withKey(url, demo.tenants[tenant]?.apiKey ?? ""),
    withKey,
    session: async (role) => {
      const sessionId = newId("session")
      await su.query(
        `INSERT INTO session (session_id, person_id, idle_expires_at, expires_at)
         SELECT $1, person_id, now() + interval '8 hours', now() + interval '7 days'
         FROM membership WHERE role = $2 LIMIT 1`,
        [sessionId, role],
      )
      return { sessionId, at: async (url) => await callerOfSession(url, sessionId) }
    },
    close: async () => {
      await su.end()
      await runtime.stop()
    },
  }
}

function withKey(url: string, apiKey: string): Caller {
  return caller(url, { authorization: `Bearer ${apiKey}` })
}
