import { changeHash } from "@deltaseal/guard/change"
import type pg from "pg"
import type { Caller, Reply } from "./api"
import { aWrite } from "./calls"
import type { Crowd } from "./crowd"
import type { Act, Answered, Taken } from "./lifecycle-history"
import { find, type Answer, type ModelApproval } from "./lifecycle-model"

/** What is done something about, and which of the processes is asked. */
export type Target = Readonly<{
  /** As the model calls it. */
  name: string
  runId: string
  /** Another run of the same work, in which the same can be asked for. */
  laterRunId: string
  approvalId: string
  changeHash: string
  change: Change
  parts: number
  /** The hash of its first part alone; empty where it is all. */
  partHash: string
  executionId: string | null
  standInId: string
  node: number
}>

/** A change that only approvals with the same label and number are about. */
export type Change = Readonly<{ label: string; number: number }>

export type Means = Readonly<{ crowd: Crowd; su: pg.Client }>

/** One thing that can be done about an approval, by the REST API as by the model. */
export type Deed = Readonly<{
  name: string
  ask: (means: Means, target: Target) => Promise<Reply>
  model: (approval: ModelApproval, said: Said) => Answer
  /** What else it can come to while somebody's say is taken, or a key. */
  tooLate?: Readonly<{ by: Taken; model: (approval: ModelApproval) => Answer }>
  /** What else it is about, and what it makes, as the model calls them. */
  besides?: readonly string[]
  makes?: string
  /** It is about more than this approval. */
  isAround?: true
  takes?: Taken
  /** `ok` or the code, unless it says more. */
  answerOf?: (reply: Reply, target: Target) => Answer
}>

/** What only the answer names. */
export type Said = Readonly<{ executionId: string | null }>

/** Does it. Null where it was refused with no effect for want of anything. */
export async function perform(deed: Deed, means: Means, target: Target): Promise<Answered | null> {
  const reply = await deed.ask(means, target).catch(() => null)
  const code = reply === null ? "outcome_unknown" : String(reply.body?.code)
  if (reply?.status === 503 && code !== "outcome_unknown") return null
  if (reply !== null && reply.status >= 500 && reply.status !== 503)
    throw new Error(`${deed.name}: ${reply.text}`)

  const said = {
    executionId: (reply?.body?.executionId as string | undefined) ?? null,
    standInId: (reply?.body?.standInId as string | undefined) ?? null,
    made: reply !== null && reply.status < 300 ? (reply.body?.approval ?? reply.body) : null,
  }
  const act = actOf(deed, target, said)
  if (reply === null || reply.status === 503) return { act, answer: null, ...said }
  return { act, answer: (deed.answerOf ?? plainAnswer)(reply, target), ...said }
}

function actOf(deed: Deed, { name }: Target, said: Said): Act {
  const { tooLate, besides = [], makes, isAround = false, takes } = deed

  return {
    name: `${name}: ${deed.name}`,
    on: isAround ? [] : [name, ...besides, ...(makes === undefined ? [] : [makes])],
    takes: takes ?? null,
    model: (life) => {
      const approval = find(life, name)
      return approval === undefined ? nothing : deed.model(approval, said)
    },
    ...(tooLate && {
      tooLate: {
        by: tooLate.by,
        model: (life) => {
          const approval = find(life, name)
          return approval === undefined ? nothing : tooLate.model(approval)
        },
      },
    }),
  }
}

/** What nobody is answered. */
const nothing: Answer = "there is no such approval"

export function plainAnswer({ status, body }: Reply): Answer {
  if (status >= 300) return String(body.code)
  return body?.replayed === true ? "replayed" : "ok"
}

export function at(callers: readonly Caller[], node: number): Caller {
  const caller = callers[node % callers.length]
  if (caller === undefined) throw new Error("There is no process to ask.")
  return caller
}

/** Asks again what was refused with no effect for want of anything. */
export async function whenThereIsRoom<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !String(error).includes('"code":"unavailable"')) throw error
    }
  }
}

/** Asks for a change of two files. */
export function askFor(who: Caller, runId: string, { label, number }: Change): Promise<Reply> {
  const file = (name: string) => ({
    kind: "file",
    target: { workspace: "main", path: `docs/${label}/${number}/${name}.txt` },
    before: { text: "alpha\nbeta\n" },
    after: { text: "alpha\ngamma\n" },
  })
  const change = { parts: [file("a"), file("b")] }

  return who.post("/api/v1/tool-calls", aWrite(runId, { change }))
}

/** An approval as it was answered. */
export function targetOf(
  body: any,
  given: Pick<Target, "name" | "laterRunId" | "change" | "standInId" | "node">,
): Target {
  const { approvalId, runId, envelope } = body
  const [first, ...more] = envelope.parts

  return {
    ...{ ...given, runId, approvalId, changeHash: body.changeHash, executionId: null },
    parts: envelope.parts.length,
    partHash: more.length === 0 ? "" : changeHash({ ...envelope, parts: [first] }),
  }
}
