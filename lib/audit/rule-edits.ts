import type { AuditEvent, AuditEventType, AuditParty, PlainFields } from "./audit-event"

/**
 * That people edited that by which calls are decided: who did may not vote on
 * those for a day (SPEC 4.3). `subject` is `server/name` of a tool, else empty.
 */
export type RuleEdit = Readonly<{
  kind: "policy" | "tool" | "members"
  subject: string
  /** Who asked for it, did it or agreed to it. */
  people: readonly string[]
}>

/**
 * What an event edited, and who; null when nothing. What a system does by
 * itself, such as seeding a demo, is nobody's edit; what the clock puts in
 * force is that of whoever proposed it.
 */
export function ruleEditOf(actor: AuditParty, event: AuditEvent): RuleEdit | null {
  const kind = kindOf(event)
  if (kind === null || (actor.kind === "system" && actor.id !== "clock")) return null

  const { plain = {}, secret = {} } = event
  const named = [plain["authorId"], plain["proposedById"], plain["approvedById"], plain["invitedById"]]
  // Whoever accepts an invitation edits nothing: whoever made it did.
  const doer = actor.kind === "person" && event.type !== "member.added" ? [actor.id] : []
  const people = [...new Set([...doer, ...named.filter((id) => typeof id === "string")])]

  return { kind, subject: kind === "tool" ? `${secret["server"]}/${secret["tool"]}` : "", people }
}

type Edited = Readonly<{ kind: RuleEdit["kind"]; isEdit?: (plain: PlainFields) => boolean }>

const edited: Partial<Record<AuditEventType, Edited>> = {
  "policy.published": { kind: "policy" },
  "tool.registered": { kind: "tool" },
  "tool.accepted": { kind: "tool" },
  // Lifting a stop gives back what was accepted before.
  "tool.changed": { kind: "tool", isEdit: ({ because }) => because !== "stop_lifted" },
  "tool.allowed": { kind: "tool" },
  "tool.disallowed": { kind: "tool" },
  "member.added": { kind: "members", isEdit: ({ role }) => role !== "auditor" },
  "member.changed": { kind: "members", isEdit: ({ from, to }) => from !== "auditor" || to !== "auditor" },
  "member.ended": { kind: "members", isEdit: ({ role }) => role !== "auditor" },
}

function kindOf({ type, plain = {} }: AuditEvent): RuleEdit["kind"] | null {
  const found = edited[type]
  if (found === undefined || found.isEdit?.(plain) === false) return null

  return found.kind
}
