import { z } from "zod"

/** What the demo tells of an approval: the server's facts, not the agent's words. */
export type Pending = z.infer<typeof Item>

/** Sees the requests of one run, with the same key that the agent's server uses. */
export type Watch = Readonly<{
  /** The newest request that waits for a person, unless it was seen before. */
  nextPending: () => Promise<Pending | undefined>
  /** How many events the run has. */
  events: () => Promise<readonly string[]>
}>

export function watchRun(server: Readonly<{ url: string; apiKey: string; runId: string }>): Watch {
  const { url, apiKey, runId } = server
  const seen = new Set<string>()
  const get = async (path: string) => {
    const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${apiKey}` } })
    return (await answer.json()) as unknown
  }

  return {
    nextPending: async () => {
      const { items } = List.parse(await get(`/api/v1/approvals?status=pending&runId=${runId}`))
      const found = items.find(({ approvalId }) => !seen.has(approvalId))
      if (found !== undefined) seen.add(found.approvalId)
      return found
    },
    events: async () => {
      const { items } = Events.parse(await get(`/api/v1/runs/${runId}/events`))
      return items.map(({ eventType }) => eventType)
    },
  }
}

const Item = z.object({
  approvalId: z.string(),
  sentence: z.string(),
  added: z.number(),
  removed: z.number(),
  reviewUrl: z.string(),
})
const List = z.object({ items: z.array(Item) })
const Events = z.object({ items: z.array(z.object({ eventType: z.string() })) })
