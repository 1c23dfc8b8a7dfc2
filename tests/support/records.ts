import { canonicalize, sha256Hex, type JsonObject, type ObservedState } from "@deltaseal/guard/change"
import { newNonce, type Caller, type Reply } from "./api"
import { approve, openRun, type Pending } from "./calls"
import { makeTool, type World } from "./world"

/** A tool that changes records; where `patchPaths` is given, only these fields. */
export async function makeRecordTool(
  world: World,
  name: string,
  { tier = "T2_IRREVERSIBLE_WRITE", patchPaths }: { tier?: string; patchPaths?: readonly string[] } = {},
): Promise<void> {
  await makeTool(world, { name, tier })
  if (patchPaths !== undefined) await allowPaths(world, name, patchPaths)
}

export async function allowPaths(
  { su, ours }: World,
  name: string,
  patchPaths: readonly string[] | null,
): Promise<void> {
  await su.query("UPDATE tool_allowance SET patch_paths = $3 WHERE tenant_id = $1 AND name = $2", [
    ours.tenantId,
    name,
    patchPaths,
  ])
}

export type RecordChange = Readonly<{
  before: JsonObject | null
  after?: JsonObject | null
  patch?: readonly object[]
  version?: string
  id?: string
}>

/** Asks to change one contact, in a run of its own. */
export async function askForRecord(
  key: Caller,
  name: string,
  change: RecordChange,
): Promise<Reply & { runId: string }> {
  const { id = "c_123", ...sides } = change
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", {
    runId,
    tool: { server: "workspace", name, version: "1.0.0" },
    input: { contactId: id },
    change: { parts: [{ kind: "record", target: { system: "crm", type: "contact", id }, ...sides }] },
  })

  return { ...reply, runId }
}

export async function pendingRecord(key: Caller, name: string, change: RecordChange): Promise<Pending> {
  const { runId, status, text, body } = await askForRecord(key, name, change)
  if (status !== 202) throw new Error(text)

  const { approval } = body
  return { runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

export async function approvedRecord(
  asker: Readonly<{ key: Caller; reviewer: Caller }>,
  name: string,
  change: RecordChange,
): Promise<Pending> {
  const pending = await pendingRecord(asker.key, name, change)
  const voted = await approve(asker.reviewer, pending)
  if (voted.status !== 200) throw new Error(voted.text)

  return pending
}

export function spendRecord(key: Caller, pending: Pending, observed: ObservedState): Promise<Reply> {
  return key.post(`/api/v1/approvals/${pending.approvalId}/consume`, {
    runId: pending.runId,
    changeHash: pending.changeHash,
    nonce: newNonce(),
    observed: [observed],
  })
}

/** A record as a guard reports it. */
export function stateOf(value: JsonObject, version?: string): ObservedState {
  const text = canonicalize(value)
  const state = { state: "present", bytes: Buffer.byteLength(text), digest: sha256Hex(text) } as const

  return version === undefined ? state : { ...state, version }
}
