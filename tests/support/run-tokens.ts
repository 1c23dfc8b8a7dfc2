import type { Caller, Reply } from "./api"
import { keyCaller, type World } from "./world"

/** A run with its newest token. */
export type OpenedRun = Readonly<{ runId: string; text: string; token: Caller }>

/** A run of this key, or of our first tenant's, with its first token. */
export async function openRunWithToken(world: World, key: Caller = world.ours.key): Promise<OpenedRun> {
  const reply = await key.post("/api/v1/runs", { environment: "prod", workflow: "w", actor: { agent: "a" } })
  if (reply.status !== 201) throw new Error(reply.text)

  return openedRun(world, reply)
}

/** The run and token of an answer that gives one. */
export function openedRun({ url }: World, { body }: Reply): OpenedRun {
  const text = String(body.runToken)

  return { runId: String(body.runId), text, token: keyCaller(url, text) }
}

export function renewToken(who: Caller, runId: string): Promise<Reply> {
  return who.post(`/api/v1/runs/${runId}/token`)
}

/** Whether a run's token still opens anything. */
export async function isLive({ runId, token }: OpenedRun): Promise<boolean> {
  return (await token.get(`/api/v1/runs/${runId}`)).status === 200
}
