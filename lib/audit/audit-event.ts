/** Who or what did something. */
export type AuditParty = Readonly<{ kind: "key" | "person" | "system" | AuditSubjectKind; id: string }>

type AuditSubjectKind =
  | "agency"
  | "tenant"
  | "run"
  | "call"
  | "approval"
  | "plan"
  | "execution"
  | "tool"
  | "member"
  | "invitation"
  | "proposal"
  | "simulation"
  | "pack"
  | "authenticator"
  | "recovery"
  | "stand_in"
  | "canary"

/** Ids, enums, integers and times: plain in the leaf. Everything else is committed to (SPEC 5.1). */
export type PlainFields = Readonly<Record<string, string | number | boolean | null>>

/** Values that the leaf only commits to; each gets a salt and a row in the erasable side table. */
export type SecretFields = Readonly<Record<string, string | number | boolean | null>>

/** One class A event. A command cannot be written without one. */
export type AuditEvent = Readonly<{
  type: AuditEventType
  subject: AuditParty
  plain?: PlainFields
  secret?: SecretFields
}>

/** Every type of leaf. The functions of the migrations write those that no command does. */
export type AuditEventType = (typeof auditEventTypes)[number]

export const auditEventTypes = [
  "tenant.created",
  "tenant.changed",
  "tenant.suspended",
  "tenant.resumed",
  "agency.stopped",
  "agency.lifted",
  "agency.break_glass_off",
  "member.invited",
  "member.added",
  "member.changed",
  "member.ended",
  "member.sessions_ended",
  "member.password_changed",
  "member.reset_link_created",
  "authenticator.enrolment_begun",
  "authenticator.added",
  "authenticator.renamed",
  "authenticator.removed",
  "recovery.asked",
  "recovery.confirmed",
  "recovery.done",
  "recovery.refused",
  "recovery.withdrawn",
  "stand_in.named",
  "stand_in.ended",
  "invitation.revoked",
  "key.created",
  "key.changed",
  "key.rotated",
  "key.revoked",
  "tool.registered",
  "tool.accepted",
  "tool.changed",
  "tool.suspended",
  "tool.allowed",
  "tool.disallowed",
  "policy.published",
  "policy.simulated",
  "policy.simulation_cancelled",
  "rule.proposed",
  "rule.approved",
  "rule.took_effect",
  "rule.rejected",
  "rule.withdrawn",
  "rule.superseded",
  "pack.created",
  "pack.changed",
  "pack.rolled_out",
  "pack.rolled_back",
  "run.opened",
  "run.closed",
  "run.tainted",
  "run_token.issued",
  "run_token.renewed",
  "tool_call.allowed",
  "tool_call.pending",
  "tool_call.denied",
  "approval.step_up_begun",
  "approval.voted",
  "approval.vote_withdrawn",
  "approval.commented",
  "approval.approved",
  "approval.denied",
  "approval.expired",
  "approval.cancelled",
  "approval.stale",
  "approval.reopened",
  "approval.derived",
  "approval.break_glass_begun",
  "approval.break_glass_approved",
  "approval.break_glass_withdrawn",
  "approval.break_glass_seen",
  "approval.carried_over",
  "approval.consumed",
  "approval.consume_refused",
  "plan.created",
  "plan.voted",
  "plan.cancelled",
  "execution.applied",
  "execution.failed",
  "execution.unknown",
  "epoch.started",
  "epoch.dismissed",
  "canary.changed",
  "canary.planned",
  "canary.denied",
  "canary.approved",
  "canary.expired",
  "canary.dropped",
  "canary.seen",
  "request.refused",
  "request.refusals_counted",
] as const
