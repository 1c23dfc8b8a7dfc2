import type { Effects } from "./approved-change.ts"
import type { JournalEntry } from "./journal.ts"
import { recover, type Recovered } from "./recover.ts"
import type { Session } from "./session.ts"
import type { SpendDependencies } from "./spend.ts"

/** Goes through the journal for the tools it knows, one entry after the other. */
export type Recovery = Readonly<{
  /** Makes a tool known and, in the background, finishes what was left of it. */
  know: (tool: string, effects: Effects) => void
  /** Finishes what nobody is working on any more, as far as that goes now. Never rejects. */
  resume: () => Promise<void>
  /** The same; returns what was found since it was last asked. */
  run: () => Promise<Recovered[]>
}>

export type RecoveryDependencies = SpendDependencies &
  Readonly<{ session: Session; server: string; warn: (message: string) => void }>

export function createRecovery(dependencies: RecoveryDependencies): Recovery {
  const tools = new Map<string, Effects>()
  const found = new Map<string, Recovered>()
  let queue: Promise<void> = Promise.resolve()

  const pass = async () => {
    for (const entry of await takeOurs(dependencies, tools)) {
      const effects = tools.get(entry.proposal.tool.name)
      if (effects === undefined) continue
      const recovered = await recover(dependencies, entry, effects)
      const id = recovered.approvalId ?? recovered.executionId ?? ""
      dependencies.warn(`What was left of ${id} was picked up: ${recovered.status}.`)
      found.set(id, recovered)
    }
  }
  // One pass at a time: two would not take the same entry, but might touch the same target.
  const resume = () =>
    (queue = queue.then(pass).catch(() => dependencies.warn("The journal was not worked off.")))

  return {
    know: (tool, effects) => {
      tools.set(tool, effects)
      void resume()
    },
    resume,
    run: async () => {
      await resume()
      const told = [...found.values()]
      found.clear()
      return told
    },
  }
}

/** Entries of this server, these tools and this key's tenant: another tenant's guard may share the directory. */
async function takeOurs(
  { client, journal, server, session }: RecoveryDependencies,
  tools: ReadonlyMap<string, Effects>,
): Promise<JournalEntry[]> {
  const taken = await journal.takeAbandoned(
    ({ origin, proposal: { tool } }) =>
      origin === client.origin && tool.server === server && tools.has(tool.name),
  )
  if (taken.length === 0) return []

  const { tenantId } = await session.run().catch(() => ({ tenantId: null }))
  const ours: JournalEntry[] = []
  for (const entry of taken) {
    if (entry.proposal.tenantId === tenantId && (await journal.takeOver(entry))) ours.push(entry)
    else journal.release(entry)
  }
  return ours
}
