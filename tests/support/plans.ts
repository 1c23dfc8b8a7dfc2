import { randomUUID } from "node:crypto"
import { sha256Hex } from "@deltaseal/guard/change"
import { newNonce, type Caller, type Reply } from "./api"
import { aWrite, openRun, spend, writeFile } from "./calls"

/** A call that writes a file from one text to another, as a guard would ask for it. */
export function aFileCall(path: string, before: string, after: string): Record<string, unknown> {
  const {
    runId: _run,
    reason: _reason,
    ...call
  } = aWrite("", {
    input: { path, content: after },
    change: {
      parts: [
        {
          kind: "file",
          target: { workspace: "main", path },
          before: { text: before },
          after: { text: after },
        },
      ],
    },
  })

  return { ...call, tool: writeFile }
}

/** Three writes of three files. */
export const threeCalls = ["a", "b", "c"].map((name) => aFileCall(`docs/${name}.txt`, "old\n", `${name}\n`))

type AskedPlan = Readonly<{
  runId?: string
  calls?: readonly object[]
  reason?: string
  useWithinSeconds?: number
}>

export type Planned = { runId: string; planId: string; planHash: string; plan: any; items: any[] }

export function postPlan(key: Caller, body: object, idempotencyKey: string = randomUUID()): Promise<Reply> {
  return key.post("/api/v1/plans", body, { "idempotency-key": idempotencyKey })
}

/** A plan that waits, in a run of its own unless it is given one. */
export async function pendingPlan(
  key: Caller,
  { runId, calls = threeCalls, ...more }: AskedPlan = {},
): Promise<Planned> {
  const inRun = runId ?? (await openRun(key))
  const reply = await postPlan(key, { runId: inRun, calls, ...more })
  if (reply.status !== 201) throw new Error(reply.text)

  const { planId, planHash, items } = reply.body
  return { runId: inRun, planId, planHash, plan: reply.body, items }
}

export function votePlan(
  person: Caller,
  { planId, planHash }: Pick<Planned, "planId" | "planHash">,
  changes: object = {},
): Promise<Reply> {
  return person.post(`/api/v1/plans/${planId}/votes`, {
    decision: "approve",
    planHash,
    ...changes,
  })
}

/** A plan that the reviewer has approved. */
export async function approvedPlan(key: Caller, reviewer: Caller, given: AskedPlan = {}): Promise<Planned> {
  const planned = await pendingPlan(key, given)
  const voted = await votePlan(reviewer, planned)
  if (voted.status !== 200) throw new Error(voted.text)

  return planned
}

/** Asks for a call of a plan in the ordinary way. */
export function askFor(key: Caller, runId: string, call: object, changes: object = {}): Promise<Reply> {
  return key.post("/api/v1/tool-calls", { ...call, runId, ...changes }, { "idempotency-key": randomUUID() })
}

/** What is there when a text is, as a guard observes it. */
export function observedText(text: string): object {
  return { state: "present", bytes: Buffer.byteLength(text), digest: sha256Hex(text), mode: "100644" }
}

/** Spends the approval that a call was answered with, finding this text. */
export function spendAnswered(key: Caller, { body }: Reply, before: string): Promise<Reply> {
  const { runId, approvalId, changeHash } = body.approval
  const pending = { runId, approvalId, changeHash, approval: body.approval }

  return spend(key, pending, { nonce: newNonce(), observed: [observedText(before)] })
}
