import { hotJson } from "@/lib/db/hot-call"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { ApprovalRow } from "@/lib/approvals/approval-row"
import type { SealedContent } from "@/lib/changes/content-seal"
import type { RegisteredTool } from "@/lib/policies/decision"
import type { KeyActor } from "@/lib/access/actor"
import type { Environment } from "@/lib/tools/tool"
import type { Reason } from "@/lib/errors/app-error"
import type { PartView } from "@/lib/changes/change"
import type { ObservedState } from "@deltaseal/guard/change"

/** Everything policy looks at for one call. `run` is null when the key's tenant has no such run. */
export type CallContext = Readonly<{
  principal: Omit<KeyActor, "kind">
  tenant: Readonly<{ policyVersion: number }>
  run: Readonly<{
    runId: string
    environment: Environment
    status: "open" | "closed"
    requestedTools: readonly string[] | null
  }> | null
  tools: readonly RegisteredTool[]
  allowed: boolean
}>

/** One round trip; null when the key is not live. */
export async function findCallContext(
  credential: KeyCredential,
  call: Readonly<{ runId: string; server: string; name: string }>,
): Promise<CallContext | null> {
  return hotJson("call_context", [...keyArguments(credential), call.runId, call.server, call.name], "read")
}

/** A decided call as it is stored. */
export type DecidedCall = Readonly<{
  callId: string
  runId: string
  server: string
  name: string
  version: string
  tier: string | null
  definitionHash: string | null
  decision: "allow" | "pending" | "deny"
  reasons: readonly Reason[]
  reasonsDigest: string | null
  agentReason: string | null
  inputDigest: string
  inputRedacted: string
  policyVersion: number
  executionId: string | null
  change: StoredChange | null
  approval: Readonly<{
    approvalId: string
    required: readonly Readonly<{ group: string; count: number }>[]
    ttlSeconds: number
  }> | null
}>

export type StoredChange = Readonly<{
  changeHash: string
  beforeStates: string
  afterStates: string
  diffDigest: string
  sentence: string
  effects: readonly string[]
  flags: readonly string[]
  parts: readonly (PartView & Readonly<{ targetKey: string; beforeObserved: ObservedState }>)[]
}>

export type RecordedCall = Readonly<{
  code: "unauthenticated" | "not_found" | "run_closed" | null
  approval: ApprovalRow | null
}>

/** Secret fields that a tool-call leaf can have. */
const saltCount = 9

/** Records a call with everything that belongs to it, its leaf included, in one round trip. */
export async function insertCall(
  credential: KeyCredential,
  call: DecidedCall,
  envelope: Uint8Array | null,
  contents: readonly SealedContent[],
): Promise<RecordedCall> {
  const recorded = await hotJson<RecordedCall>(
    "record_call",
    [
      ...keyArguments(credential),
      JSON.stringify(call),
      envelope,
      contents.map(({ digest }) => digest),
      contents.map(({ bytes }) => bytes),
      contents.map(({ wrappedKey }) => wrappedKey),
      contents.map(({ sealed }) => sealed),
      newId("event"),
      newSalts(saltCount),
    ],
    "write",
  )

  return recorded ?? { code: "unauthenticated", approval: null }
}
