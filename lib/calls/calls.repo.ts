import { hotCall, hotJson } from "@/lib/db/hot-call"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import type { Idempotency, PriorCreate } from "@/lib/operations/idempotency"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { ApprovalRow } from "@/lib/approvals/approval-row"
import type { SealedContent } from "@/lib/changes/content-seal"
import type { RegisteredTool } from "@/lib/policies/decision"
import type { KeyActor } from "@/lib/access/actor"
import type { Environment, Tier } from "@/lib/tools/tool"
import type { PolicyCheck } from "@/lib/policies/policy-answer"
import type { RunLimits } from "@/lib/policies/policy"
import type { Reason } from "@/lib/errors/app-error"
import type { CallLimit } from "./call-limits"
import type { PartView } from "@/lib/changes/change"
import type { ObservedState } from "@deltaseal/guard/change"

/** Everything policy looks at for one call. `run` is null when the key's tenant has no such run. */
export type CallContext = Readonly<{
  principal: Omit<KeyActor, "kind" | "familyId" | "token"> & Readonly<{ prefix: string }>
  /** `rulesVersion` moves with everything here but the run's status, which `insertCall` looks at again. */
  tenant: Readonly<{ name: string; policyVersion: number; rulesVersion: number }>
  run: Readonly<{
    runId: string
    environment: Environment
    status: "open" | "closed"
    workflow: string
    step: string | null
    agent: string
    model: string | null
    operatorId: string
    requestedTools: readonly string[] | null
    /** Milliseconds since 1970. */
    openedAt: number
    limits: RunLimits | null
    /** Whether it has read what is not trusted; `insertCall` looks at this again too. */
    isTainted: boolean
  }> | null
  tools: readonly RegisteredTool[]
  allowed: boolean
  /** JSON Pointers of the record fields that the tool may change; null = any. */
  patchPaths: readonly string[] | null
  /** What the same idempotency key came to before. */
  prior: PriorCreate | null
}>

/** One round trip; null when the key is not live. */
export async function findCallContext(
  credential: KeyCredential,
  call: Readonly<{ runId: string; server: string; name: string }>,
  idempotency: Idempotency | null,
): Promise<CallContext | null> {
  const { keyMac = null, bodyMac = null } = idempotency ?? {}
  const values = [...keyArguments(credential), call.runId, call.server, call.name, keyMac, bodyMac]

  return hotJson("call_context", values, "read")
}

/** What is known of a call before anything is decided. */
export type CallFactsRow = Readonly<{
  callId: string
  runId: string
  server: string
  name: string
  version: string
  tier: Tier | null
  definitionHash: string | null
  agentReason: string | null
  inputDigest: string
  inputRedacted: string
  policyVersion: number
}>

/** A decided call as it is stored. `status` is the HTTP status it was answered with. */
export type DecidedCall = CallFactsRow &
  Readonly<{
    decision: "allow" | "pending" | "deny"
    status: number
    reasons: readonly Reason[]
    reasonsDigest: string | null
    executionId: string | null
    change: StoredChange | null
    approval: Readonly<{
      approvalId: string
      required: readonly Readonly<{ group: string; count: number; stepUp?: true }>[]
      ttlSeconds: number
      useWithinSeconds: number
      isReasonRequired: boolean
      /** How many approvals of the tenant may be open with this one; null = any number. */
      openMax: number | null
      /** How many for each person who decides there; null = any number. */
      openForEachMax: number | null
      /** How many of its run, with this one. */
      openInRunMax: number
      /** The plan that it is an item of, with its place among the plan's calls. */
      planId?: string
      planIndex?: number
    }> | null
  }> &
  StoredRuling

/** What the policy said of a call, as it is stored for explaining and simulating it. */
export type StoredRuling = Readonly<{
  matchedRule: string | null
  /** JSON text; null when the policy was not asked. */
  checks: string | null
  factsDigest: string | null
  isDryRun: boolean
  egress: readonly string[]
  taints: boolean
  /** What the decision took the run to be. */
  isTainted: boolean
  /** In the order of their scopes. */
  limits: readonly CallLimit[]
}>

export type StoredChange = Readonly<{
  changeHash: string
  beforeStates: string
  afterStates: string
  diffDigest: string
  sentence: string
  effects: readonly string[]
  flags: readonly string[]
  parts: readonly StoredPart[]
}>

export type StoredPart = PartView &
  Readonly<{
    targetKey: string
    beforeObserved: ObservedState
    fromKey?: string
    fromObserved?: ObservedState
    changedFields: readonly string[]
    /** Keyed digests in hex; only a message has them. */
    recipients?: readonly string[]
  }>

/** What `record_call` answers; times are PostgreSQL's text of a timestamp. */
export type RecordedCall =
  | Readonly<{
      code: null
      requestedAt: string
      expiresAt: string | null
      /** Places (from 1) of the parts whose before is not what the last execution left behind. */
      moved: readonly number[] | null
    }>
  | Readonly<{ code: "unauthenticated" | "not_found" | "scope_missing" | "run_closed" | "rules_moved" }>
  | Readonly<{ code: "prior"; prior: PriorCreate | null }>
  /** It is an item of a plan of its run, which was asked for as this call. */
  | Readonly<{ code: "planned"; callId: string }>

/** Secret fields that a tool-call leaf can have. */
const saltCount = 11

/**
 * Records a call with everything that belongs to it, its leaf included, in one
 * round trip. Nothing is written when what the decision rests on has moved.
 */
export async function insertCall(
  credential: KeyCredential,
  given: Readonly<{
    rulesVersion: number
    call: DecidedCall
    envelope: Uint8Array | null
    contents: readonly SealedContent[]
    idempotency: Idempotency | null
  }>,
): Promise<RecordedCall> {
  const { rulesVersion, call, envelope, contents, idempotency } = given
  const recorded = await hotJson<RecordedCall>(
    "record_call",
    [
      ...keyArguments(credential),
      rulesVersion,
      JSON.stringify(call),
      envelope,
      contents.map(({ digest }) => digest),
      contents.map(({ bytes }) => bytes),
      contents.map(({ wrappedKey }) => wrappedKey),
      contents.map(({ sealed }) => sealed),
      idempotency?.keyMac ?? null,
      idempotency?.bodyMac ?? null,
      newId("event"),
      newSalts(saltCount),
    ],
    "write",
  )

  return recorded ?? { code: "unauthenticated" }
}

/** A call that was answered before, with what its answer is made from. */
export type RecordedCallRow = Readonly<{
  tenant_id: string
  call:
    | (Omit<CallFactsRow, "agentReason" | "inputRedacted"> &
        Readonly<{
          matchedRule: string | null
          checks: readonly PolicyCheck[]
          isDryRun: boolean
          egress: readonly string[]
          decision: "allow" | "pending" | "deny"
          reasons: readonly Reason[]
          changeHash: string | null
          executionId: string | null
          executionStatus: string | null
        }>)
    | null
  approval: ApprovalRow | null
  envelope: Buffer | null
  diff_key: Buffer | null
  diff_sealed: Buffer | null
}>

/** Only the key that made a call may have its answer again. */
export async function findRecordedCall(
  credential: KeyCredential,
  callId: string,
): Promise<RecordedCallRow | null> {
  return hotCall("read_call", [...keyArguments(credential), callId], "read")
}

/** Which of these recipients, given and answered as keyed digests, the tenant has sent to before. */
export async function findKnownRecipients(
  tenantId: string,
  macs: readonly Buffer[],
): Promise<readonly Buffer[]> {
  return (await hotJson<readonly Buffer[]>("known_recipients", [tenantId, [...macs]], "read")) ?? []
}
