import type { JournalEntry } from "./journal.ts"
import { recover, type Recovered } from "./recover.ts"
import type { Effects, SpendDependencies } from "./spend.ts"

/** Goes through the journal for the tools it knows, one entry after the other. */
export type Recovery = Readonly<{
  /** Makes a tool known and finishes what was left of it. Never rejects. */
  resume: (tool: string, effects: Effects) => Promise<void>
  /** Tries what is left once more; returns what was found since it was last asked. */
  run: () => Promise<Recovered[]>
}>

export function createRecovery(
  dependencies: SpendDependencies,
  server: string,
  warn: (message: string) => void,
): Recovery {
  const tools = new Map<string, Effects>()
  const found = new Map<string, Recovered>()
  let queue: Promise<void> = Promise.resolve()

  const pass = async () => {
    const isWanted = (entry: JournalEntry) =>
      entry.origin === dependencies.client.origin &&
      entry.proposal.tool.server === server &&
      tools.has(entry.proposal.tool.name)
    for (const entry of await dependencies.journal.takeAbandoned(isWanted)) {
      const effects = tools.get(entry.proposal.tool.name)
      if (effects === undefined) continue
      const recovered = await recover(dependencies, entry, effects)
      const id = recovered.approvalId ?? recovered.executionId ?? ""
      warn(`What an earlier process left of ${id} was picked up: ${recovered.status}.`)
      found.set(id, recovered)
    }
  }
  const enqueue = () => (queue = queue.then(pass).catch(() => warn("The journal cannot be read.")))

  return {
    resume: async (tool, effects) => {
      tools.set(tool, effects)
      await enqueue()
    },
    run: async () => {
      await enqueue()
      const told = [...found.values()]
      found.clear()
      return told
    },
  }
}
