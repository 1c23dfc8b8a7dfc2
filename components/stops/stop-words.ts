import type { KillPreview } from "@/lib/stops/stop.schema"

/** What stopping ends, in sentences: only what is there, and what it does not reach. */
export function previewWords(preview: KillPreview): readonly string[] {
  const { scope, tenants, keys, openRuns, executionsUnderWay } = preview
  const reach = [
    ...(scope === "agency" ? [count(tenants, "client")] : []),
    ...(scope === "agency" || scope === "tenant" ? [count(keys, "API key")] : []),
    // That a run ends is what stopping it says.
    ...(scope !== "run" && openRuns > 0 ? [count(openRuns, "open run")] : []),
  ]

  return [
    ...(reach.length === 0 ? [] : [`${reachWords[scope]} ${list(reach)}.`]),
    cancelledWords(preview.pendingApprovals, preview.approvedApprovals),
    executionsUnderWay === 0
      ? "Nothing of it is being carried out right now."
      : `${count(executionsUnderWay, "change")} ${executionsUnderWay === 1 ? "is" : "are"} being carried out right now: a stop cannot call ${executionsUnderWay === 1 ? "it" : "them"} back.`,
  ]
}

const reachWords: Readonly<Record<KillPreview["scope"], string>> = {
  run: "It ends",
  key: "It reaches",
  tool: "It reaches",
  tenant: "It reaches",
  agency: "It reaches",
}

/** What is cancelled: `2 changes that wait for a decision and 1 change approved but not yet applied are cancelled.` */
export function cancelledWords(pending: number, approved: number): string {
  const waiting =
    pending > 0 ? [`${count(pending, "change")} that ${pending === 1 ? "waits" : "wait"} for a decision`] : []
  const unspent = approved > 0 ? [`${count(approved, "change")} approved but not yet applied`] : []
  const all = [...waiting, ...unspent]
  if (all.length === 0) return "Nothing in it waits for a decision."

  return `${all.join(" and ")} ${pending + approved === 1 ? "is" : "are"} cancelled with it.`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`
}

function list(parts: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(parts)
}
