import type { Reason } from "@/lib/errors/app-error"
import type { GrantUse } from "./grant"
import type { PolicyLimits, Stage } from "./policy"

/** What a policy says of one call, and why. */
export type PolicyAnswer = Readonly<{
  effect: "allow" | "deny" | "require_approval"
  /** The rule that decided; null when none applies or the policy as a whole decided. */
  rule: string | null
  /** Every check that was made, in order. */
  checks: readonly PolicyCheck[]
  /** Why not; empty unless the call is denied. */
  reasons: readonly Reason[]
  /** What people must do; null unless approval is required. */
  approval: PolicyApproval | null
  /** Whether the call may only be tried. */
  isDryRun: boolean
  /** Whether letting the call through taints its run. */
  taints: boolean
  /** Origins that the tool may reach, for the guard. */
  egress: readonly string[]
  /** The limits that concern this call. */
  limits: PolicyLimits
  /** The grant that lets the call through and is used up by it; null where another rule does. */
  grant: GrantUse | null
  /** Why nobody is asked about a call that its tier puts to people; null where people are, or need not be. */
  exemption: PolicyExemption | null
}>

export type PolicyExemption =
  | Readonly<{ kind: "policy"; rule: string }>
  | Readonly<{ kind: "grant"; grantId: string }>
  | Readonly<{ kind: "subcommand"; name: string; rule: string }>

export type PolicyApproval = Readonly<{
  /** All of them, or where they have an `alternative`, from 1, those of any one. */
  stages: readonly (Stage & Readonly<{ alternative?: number }>)[]
  expiresInSeconds: number
  useWithinSeconds: number
  /** Whether a rule says so; else it is what holds where none does. */
  isUseWithinSaid: boolean
  isReasonRequired: boolean
  /** So long a decision may be carried over from another run; null = it may not. */
  carryOverSeconds: number | null
  /** Whether only votes count that the voter's authenticator signed. */
  isStepUpRequired: boolean
  /** Whether the only person of the agency who can decide may decide what they ask for themselves. */
  isSelfReviewAllowed: boolean
}>

export type PolicyCheck = Readonly<{
  check: string
  rule: string | null
  result: "pass" | "fail" | "error" | "not_applicable"
  message: string
}>
