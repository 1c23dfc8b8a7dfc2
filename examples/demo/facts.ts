import { readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { z } from "zod"

/** What the server wrote down for its demo (`.data/demo.json`, mode 600), and where. */
export type DemoFacts = z.infer<typeof Facts> & Readonly<{ file: string; dataDir: string }>

/** Ends the demo with a sentence that a person can act on. */
export class DemoError extends Error {
  override readonly name = "DemoError"
}

const Facts = z.object({
  url: z.url(),
  people: z.array(z.object({ email: z.string(), password: z.string(), role: z.string() })),
  tenants: z.array(z.object({ tenantId: z.string(), name: z.string(), apiKey: z.string() })),
})

/** @throws DemoError when there is no demo, or its server is not running */
export async function readFacts(dataDir = ".data"): Promise<DemoFacts> {
  const file = join(resolve(dataDir), "demo.json")
  const text = await readFile(file, "utf8").catch(() => {
    throw new DemoError(`There is no demo yet (${file} is missing). Start the server first: npm start`)
  })
  const facts = { ...parse(text, file), file, dataDir: resolve(dataDir) }
  await assertServing(facts.url)
  return facts
}

function parse(text: string, file: string) {
  try {
    return Facts.parse(JSON.parse(text))
  } catch {
    throw new DemoError(`${file} cannot be read. Start the server once more: npm start`)
  }
}

async function assertServing(url: string): Promise<void> {
  const answer = await fetch(new URL("/readyz", url), { signal: AbortSignal.timeout(5000) }).catch(() => null)
  if (answer?.ok === true) return
  throw new DemoError(
    `Deltaseal is not running at ${url}. Start it in another terminal and try again: npm start`,
  )
}
