import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { Environment, Tier, ToolRef } from "@/lib/tools/tool"

/** What a proposal would loosen. */
export type ProposalKind = (typeof proposalKinds)[number]

export const proposalKinds = ["policy", "tier", "allowance"] as const

/** `published` is what took effect; `superseded` what was overtaken by another change of the same thing. */
export type ProposalStatus = (typeof proposalStatuses)[number]

export const proposalStatuses = ["open", "published", "rejected", "withdrawn", "superseded"] as const

/** How long the notice is where nobody else could decide. */
export const noticeHours = 24

/** What each kind is about, and what holds before and after it. */
export type TierState = Readonly<{ tier: Tier; definitionHash: string }>
export type AllowanceState = Readonly<{ patchPaths: readonly string[] | null }>
export type AllowancePlace = Readonly<{ environment: Environment; server: string; name: string }>

/** A draft of the whole policy, or one with a grant more: each grant that waits is a thing of its own. */
export type PolicySubject = Readonly<Record<string, never>> | Readonly<{ grant: string }>

export type Proposed =
  | Readonly<{
      kind: "policy"
      subject: PolicySubject
      before: JsonValue
      after: JsonValue
    }>
  | Readonly<{ kind: "tier"; subject: ToolRef; before: TierState; after: TierState }>
  | Readonly<{
      kind: "allowance"
      subject: AllowancePlace
      /** Null where it is not allowed any more. */
      before: AllowanceState | null
      after: AllowanceState
    }>

/** A proposal as its hash covers it; the values are their JCS bytes. */
export type HashedProposal = Readonly<{
  tenantId: string
  proposalId: string
  kind: ProposalKind
  subject: string
  before: Uint8Array
  after: Uint8Array
  text: string | null
}>

/** What a decision on a proposal is bound to: exactly this proposal, and every byte that it would put in force. */
export function proposalHash(proposal: HashedProposal): string {
  const { tenantId, proposalId, kind, subject, before, after, text } = proposal
  const value = {
    v: 1,
    tenantId,
    proposalId,
    kind,
    subject,
    before: sha256Hex(before),
    after: sha256Hex(after),
    ...(text === null ? {} : { text: sha256Hex(text) }),
  }

  return sha256Hex(`deltaseal/rule/v1\0${canonicalize(value)}`)
}
