import { chmod, readFile, rename, writeFile } from "node:fs/promises"
import path from "node:path"
import { z } from "zod"
import { StartupError } from "@/lib/errors/startup-error"

/** What a person needs to use the demo, as it is kept in `.data/demo.json`. */
export type DemoFacts = z.infer<typeof DemoFacts>

type Demo = Readonly<{
  dataDir: string
  origin: string
  isSeeded: () => Promise<boolean>
  seed: () => Promise<Omit<DemoFacts, "url">>
}>

/** Seeds at the first start; later starts keep the people and keys and only learn the new address. */
export async function prepareDemo({ dataDir, origin, isSeeded, seed }: Demo): Promise<DemoFacts> {
  const file = path.join(dataDir, "demo.json")
  const kept = (await isSeeded()) ? await readFacts(file) : await seed()
  const facts = { ...kept, url: origin }

  await writeFacts(file, facts)
  return facts
}

const DemoFacts = z.object({
  url: z.string(),
  people: z.array(z.object({ email: z.string(), password: z.string(), role: z.string() })),
  tenants: z.array(z.object({ tenantId: z.string(), name: z.string(), apiKey: z.string() })),
})

async function readFacts(file: string): Promise<DemoFacts> {
  try {
    return DemoFacts.parse(JSON.parse(await readFile(file, "utf8")))
  } catch (cause) {
    throw new StartupError(
      `The demo's passwords and keys in ${file} are gone or damaged, and only their hashes are in the database; move ${path.dirname(file)} away to begin anew.`,
      { cause },
    )
  }
}

async function writeFacts(file: string, { url, people, tenants }: DemoFacts): Promise<void> {
  const partial = `${file}.partial`
  await writeFile(partial, `${JSON.stringify({ url, people, tenants }, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  })
  await chmod(partial, 0o600)
  await rename(partial, file)
}
