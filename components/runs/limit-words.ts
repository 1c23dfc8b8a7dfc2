import type { SharedLimit } from "@/lib/runs/shared-limits.service"
import type { RunLimit } from "@/lib/runs/run-rules"

export const limitWords: Readonly<Record<RunLimit["name"], string>> = {
  toolCalls: "Tool calls",
  writes: "Writes",
  wallTimeSeconds: "Time",
  outputBytes: "Output, bytes",
  tokens: "Tokens",
  pendingApprovals: "Approvals open at once",
}

/** What the runs of a client share: `Waiting at once`, or the tool whose calls are counted. */
export function sharedWords({ name, tool }: SharedLimit): string {
  if (name === "perMinute") return `${tool ?? ""}, this minute`
  if (name === "pendingForEach") return "Approvals for all reviewers"
  return name === "messagesPerDay" ? "Messages today" : "Approvals waiting"
}

/** `3 of 50`, `2 min of 1 h`; only the limit where nobody counts any more. */
export function usedWords({ name, limit, used }: RunLimit): string {
  const say = name === "wallTimeSeconds" ? duration : (count: number) => count.toLocaleString("en-US")
  return used === null ? `at most ${say(limit)}` : `${say(Math.min(used, limit))} of ${say(limit)}`
}

function duration(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24]
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, seconds % 60]
  const parts = [
    [days, "d"],
    [hours, "h"],
    [minutes, "min"],
    [rest, "s"],
  ] as const
  const said = parts.filter(([amount]) => amount > 0).slice(0, 2)

  return said.length === 0 ? "0 s" : said.map(([amount, unit]) => `${amount} ${unit}`).join(" ")
}
