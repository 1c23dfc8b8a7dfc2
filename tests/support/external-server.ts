import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { DemoFacts } from "@/lib/process/demo"
import type { ExternalDatabase } from "./external-database"
import { settingsFor, startNode } from "./node"
import { complaintsIn, type TestServer } from "./server"
import { sharedPostgres } from "./shared-postgres"

/** The server with the demo's people over a database that is not its own. */
export async function startExternalServer(dataDir: string): Promise<TestServer> {
  const { database, facts: seeded } = (await readKept(dataDir)) ?? (await make())
  const node = await startNode({ ...settingsFor(database), DELTASEAL_DATA_DIR: dataDir })
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
    },
    kill: node.kill,
  }
}

/** Its database is dropped with all others of the run: a test may start over it again. */
type Kept = Readonly<{ database: ExternalDatabase; facts: Omit<DemoFacts, "url"> }>

async function readKept(dataDir: string): Promise<Kept | null> {
  const text = await readFile(path.join(dataDir, "external.json"), "utf8").catch(() => null)
  return text === null ? null : (JSON.parse(text) as Kept)
}

async function make(): Promise<Kept> {
  const { demo, ...database } = await sharedPostgres().newDemo()
  return { database, facts: demo }
}
