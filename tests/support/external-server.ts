import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { DemoFacts } from "@/lib/process/demo"
import { seedDemo } from "@/prisma/seed/demo"
import { settingsFor, startNode, testSecrets } from "./node"
import { startPostgresServer, type ExternalDatabase } from "./postgres-server"
import { startTestRuntime } from "./runtime"
import { complaintsIn, type TestServer } from "./server"

/**
 * The same server with the same people over a database that is not its own:
 * what the tests of the demo's server see when DELTASEAL_TEST_DATABASE_URL is
 * set. A data directory stands for a database, and is found again by it.
 */
export async function startExternalServer(dataDir: string): Promise<TestServer> {
  const kept = await readKept(dataDir)
  const postgres = kept === null ? await startPostgresServer() : null
  const database = kept?.database ?? (await postgres?.newDatabase())
  if (database === undefined) throw new Error("There is no database.")
  const node = await startNode(settingsFor(database))
  const seeded = kept?.facts ?? (await seed(database))
  const facts: DemoFacts = { ...seeded, url: node.url }
  await writeFile(path.join(dataDir, "external.json"), JSON.stringify({ database, facts }))
  await writeFile(path.join(dataDir, "demo.json"), JSON.stringify(facts))
  const said = () => Promise.resolve({ stdout: "", stderr: node.errors(), logs: node.said() })

  return {
    url: node.url,
    dataDir,
    facts,
    apiKey: facts.tenants[0]?.apiKey ?? "",
    person: (role) => {
      const person = facts.people.find((candidate) => candidate.role === role)
      if (person === undefined) throw new Error(`The demo has no ${role}.`)
      return person
    },
    said,
    stop: async () => {
      const code = await node.stop()
      const complaints = complaintsIn(await said())
      if (code !== 0 || complaints.length > 0)
        throw new Error(`The server ended with ${String(code)}:\n${complaints.join("\n")}`)
      // A server that was there before us keeps its databases: a test may start over one again.
      if (process.env["DELTASEAL_TEST_DATABASE_URL"] === undefined) await postgres?.stop()
    },
    kill: node.kill,
  }
}

type Kept = Readonly<{ database: ExternalDatabase; facts: DemoFacts }>

async function readKept(dataDir: string): Promise<Kept | null> {
  const text = await readFile(path.join(dataDir, "external.json"), "utf8").catch(() => null)
  return text === null ? null : (JSON.parse(text) as Kept)
}

async function seed({ appUrl }: ExternalDatabase): Promise<Omit<DemoFacts, "url">> {
  const runtime = startTestRuntime(appUrl, { secrets: testSecrets })
  const demo = await seedDemo()
  await runtime.stop()
  return demo
}
