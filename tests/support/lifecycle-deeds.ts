import { cancelling, expiring, reading, reporting, spending, voting, withdrawing, type Deed } from "./deeds"

/** What may happen to an approval, more often what stands here more often. */
export const often: readonly Deed[] = [
  ...copies(4, voting("first", "approve"), voting("second", "approve")),
  ...copies(2, voting("admin", "approve"), spending("asking", 2), reading("auditor"), reading("asking")),
  ...copies(6, spending("asking", 1)),
  ...[voting("owner", "approve"), voting("operator", "deny"), voting("auditor", "approve")],
  ...[withdrawing("first"), withdrawing("second"), withdrawing("owner"), withdrawing("auditor")],
  ...[voting("stranger", "approve"), voting("first", "approve", false)],
  ...[spending("other", 1), spending("noExecute", 1), spending("foreign", 1)],
  ...[spending("asking", 1, "run"), spending("asking", 1, "hash")],
  ...[reading("asking", "?wait=1"), cancelling("other"), cancelling("auditor"), cancelling("foreign")],
]

/** What ends it, once at the most. */
export const ends: readonly Deed[] = [
  ...[
    voting("first", "deny"),
    voting("admin", "deny"),
    voting("second", "request_changes"),
    spending("asking", 1, "state"),
    expiring,
  ],
  ...[cancelling("asking"), cancelling("admin")],
]

/** What its executor says of it. */
export const reports: readonly Deed[] = [
  ...[reporting("asking", "applied"), reporting("asking", "applied"), reporting("asking", "failed")],
  ...[reporting("other", "applied"), reporting("noExecute", "applied")],
]

function copies(count: number, ...deeds: readonly Deed[]): readonly Deed[] {
  return Array.from({ length: count }, () => deeds).flat()
}
