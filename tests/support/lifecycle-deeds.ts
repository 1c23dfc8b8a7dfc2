import { cancelling, expiring, reading, reporting, spending } from "./approval-deeds"
import type { Deed } from "./deeds"
import { approvingInPart, breaking, confirming, keepingGlass, voting, withdrawing } from "./people-deeds"

/** The votes that decide most of what is decided. */
export const votes: readonly Deed[] = [
  ...copies(4, voting("first", "approve"), voting("second", "approve")),
  ...copies(2, voting("admin", "approve"), voting("chief", "approve")),
]

/** What may happen to an approval, more often what stands here more often. */
export const often: readonly Deed[] = [
  ...votes,
  ...copies(2, voting("deputy", "approve")),
  ...copies(2, spending("asking", 2), reading("auditor"), reading("asking")),
  ...copies(6, spending("asking", 1)),
  ...[voting("owner", "approve"), voting("operator", "deny"), voting("auditor", "approve")],
  ...[withdrawing("first"), withdrawing("second"), withdrawing("chief"), withdrawing("deputy")],
  ...[withdrawing("owner"), withdrawing("auditor"), voting("stranger", "approve")],
  ...[voting("first", "approve", false), breaking("admin", false)],
  ...[spending("other", 1), spending("noExecute", 1), spending("foreign", 1)],
  ...[spending("asking", 1, "run"), spending("asking", 1, "hash")],
  ...[cancelling("other"), cancelling("auditor"), cancelling("foreign")],
  ...[breaking("admin"), breaking("chief"), breaking("owner"), breaking("first"), breaking("stranger")],
  ...copies(2, confirming("admin"), confirming("chief")),
  ...[confirming("deputy"), keepingGlass("admin"), keepingGlass("owner"), keepingGlass("operator")],
]

/** What ends it, once at the most. */
export const ends: readonly Deed[] = [
  ...[voting("first", "deny"), voting("admin", "deny"), voting("deputy", "deny")],
  ...[voting("second", "request_changes"), spending("asking", 1, "state"), expiring],
  ...[cancelling("asking"), cancelling("admin")],
]

/** Approves some of it and ends the rest. */
export function inPart(name: string): readonly Deed[] {
  return (["first", "chief", "deputy", "auditor", "operator"] as const).map((who) =>
    approvingInPart(who, name),
  )
}

/** What its executor says of it. */
export const reports: readonly Deed[] = [
  ...[reporting("asking", "applied"), reporting("asking", "applied"), reporting("asking", "failed")],
  ...[reporting("other", "applied"), reporting("noExecute", "applied")],
]

/** What follows as soon as something is made of others. */
export const atOnce: readonly Deed[] = [
  ...[
    voting("second", "approve"),
    voting("first", "approve"),
    voting("deputy", "approve"),
    breaking("admin"),
  ],
  ...[withdrawing("first"), withdrawing("chief"), reading("asking"), reading("auditor")],
  ...[spending("asking", 1), spending("asking", 1), spending("asking", 2), spending("other", 1)],
]

function copies(count: number, ...deeds: readonly Deed[]): readonly Deed[] {
  return Array.from({ length: count }, () => deeds).flat()
}
