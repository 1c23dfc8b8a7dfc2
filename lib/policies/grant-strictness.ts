import { isSameJson } from "@/lib/changes/same-json"
import type { JsonValue } from "@deltaseal/guard/change"
import type { PolicyRule } from "./policy"

type GrantChange = Readonly<{ kind: "loosens" | "tightens"; sentence: string }>

/**
 * How a grant changed, which only ever lets calls through: fewer uses or less
 * time is stricter, and whatever else is different lets other calls through.
 * Null when neither rule is a grant.
 */
export function grantChanges(old: PolicyRule, next: PolicyRule): GrantChange[] | null {
  if (old.grant === undefined && next.grant === undefined) return null
  if (old.grant === undefined || next.grant === undefined || !isSameJson(bounds(old), bounds(next))) {
    return [{ kind: "loosens", sentence: `The grant ${old.name} may be about other calls than before.` }]
  }
  const [was, is] = [old.grant, next.grant]

  return [
    ...change(old.name, "uses", is.maxUses - was.maxUses),
    ...change(old.name, "time", Date.parse(is.until) - Date.parse(was.until)),
  ]
}

function change(name: string, what: string, more: number): GrantChange[] {
  if (more === 0) return []
  return more > 0
    ? [{ kind: "loosens", sentence: `The grant ${name} has more ${what}.` }]
    : [{ kind: "tightens", sentence: `The grant ${name} has less ${what}.` }]
}

/** All that says which calls a grant is for, and what its uses are counted under. */
function bounds({ description: _description, grant, ...rule }: PolicyRule): JsonValue {
  return { ...rule, from: grant?.from, ops: grant?.ops } as unknown as JsonValue
}
