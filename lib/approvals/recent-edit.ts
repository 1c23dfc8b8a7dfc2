import type { RuleEdit } from "@/lib/audit/rule-edits"

/** What somebody last edited of that by which a call is decided. Times are RFC 3339. */
export type RecentEdit = Readonly<{ kind: RuleEdit["kind"]; subject: string; at: string; until: string }>

/** For how long whoever edits that by which calls are decided does not decide them (SPEC 4.3). */
export const editedHours = 24

/** `the policy`, `the tool crm/crm.apply_patch`, `who may decide`. */
export function editedWords({ kind, subject }: Pick<RecentEdit, "kind" | "subject">): string {
  return { policy: "the policy", tool: `the tool ${subject}`, members: "who may decide" }[kind]
}

/** `2026-11-24 09:12 UTC`: the minute after which nothing stands in the way. */
export function untilWords({ until }: Pick<RecentEdit, "until">): string {
  const minute = 60_000
  const after = new Date(Math.ceil(Date.parse(until) / minute) * minute)

  return `${after.toISOString().slice(0, 16).replace("T", " ")} UTC`
}
