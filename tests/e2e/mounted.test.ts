import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, test } from "vitest"
import { approve, openRun, pendingWrite, spend } from "@/tests/support/calls"
import { seedInstallation, type Installation } from "@/tests/support/installation"
import { settingsFor, startNode } from "@/tests/support/node"
import type { ExternalDatabase } from "@/tests/support/external-database"
import { sharedPostgres, type SharedPostgres } from "@/tests/support/shared-postgres"
import { ownEnvironment } from "@/tests/support/server"
import { until } from "@/tests/support/world"

let postgres: SharedPostgres
let database: ExternalDatabase
let installation: Installation

beforeAll(async () => {
  postgres = sharedPostgres()
  database = await postgres.newDatabase()
  await (await startNode(settingsFor(database))).stop()
  installation = await seedInstallation(database)
})

afterAll(async () => {
  await installation.close()
  await postgres.close()
})

/** `next` as a developer or a host runs it: our process does not. */
test.each([
  ["next dev", "dev"],
  ["next start", "start"],
])(
  "under %s the same API answers, from the contract to a change that is approved and spent",
  async (_, command) => {
    const port = await freePort()
    const next = spawn(process.execPath, ["node_modules/next/dist/bin/next", command, "-p", String(port)], {
      env: ownEnvironment({ ...settingsFor(database), PORT: String(port), NEXT_TELEMETRY_DISABLED: "1" }),
      stdio: "ignore",
      // Its server is a child of its own; both end with the group.
      detached: true,
    })
    const url = `http://localhost:${port}`

    try {
      await until("an answer", () => answers(`${url}/readyz`), 60_000)
      const key = installation.key(url)
      expect((await key.get("/api/v1/openapi.json")).body.openapi).toBe("3.1.0")
      expect((await key.get("/.well-known/jwks.json")).body.keys).toHaveLength(1)
      expect((await key.get("/api/docs/errors/not_found")).status).toBe(200)
      expect((await key.post("/api/v1/runs", "{")).body.code).toBe("invalid_json")

      const pending = await pendingWrite(key)
      const polling = key.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)
      const reviewer = await (await installation.session("reviewer")).at(url)
      expect((await approve(reviewer, pending)).status).toBe(200)
      expect((await polling).body.status).toBe("approved")
      expect((await spend(key, pending)).status).toBe(200)
      expect((await (await fetch(`${url}/api/v1/runs/${await openRun(key)}`)).json()).code).toBe(
        "unauthenticated",
      )
    } finally {
      await endGroup(next)
    }
  },
  120_000,
)

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const ended = once(child, "exit")
  process.kill(-child.pid, "SIGTERM")
  await ended
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, "close")
  return port
}
