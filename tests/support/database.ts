import { randomBytes } from "node:crypto"
import { inject } from "vitest"
import { appRole, ownerRole } from "@/lib/db/embedded/roles"
import { urlOf, withClient } from "./postgres"

export type FreshDatabase = Readonly<{
  /** Migrates and may look behind row-level security's back where it is not forced. */
  ownerUrl: string
  /** What the server uses. */
  appUrl: string
  close(): Promise<void>
}>

/** A migrated database of one's own, copied from the template in a few milliseconds. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject("postgres")
  const database = `t_${randomBytes(8).toString("hex")}`

  await withClient(server.superuserUrl, async (client) => {
    await client.query(`CREATE DATABASE ${database} TEMPLATE ${server.template} OWNER ${ownerRole}`)
  })

  return {
    ownerUrl: urlOf(server.superuserUrl, { role: ownerRole, password: server.ownerPassword, database }),
    appUrl: urlOf(server.superuserUrl, { role: appRole, password: server.appPassword, database }),
    close: () =>
      withClient(server.superuserUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
      }),
  }
}
