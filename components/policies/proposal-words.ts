import { tierWords } from "@/components/ui/tier-words"
import type { PolicyRule } from "@/lib/policies/policy"
import type { ProposalView } from "@/lib/policies/proposal.schema"
import { tiers } from "@/lib/tools/tool"

/** What a proposal would change: `a policy that loosens version 3`. */
export function proposalTitle({ kind, tool, basedOn, restores, diff }: ProposalView): string {
  const granted = kind === "policy" ? grantedTool(diff) : null
  if (granted !== null) return `A grant for ${granted}, on version ${basedOn ?? "?"}`
  if (kind === "policy") {
    return restores === null
      ? `A policy in place of version ${basedOn ?? "?"}`
      : `Back to version ${restores}, from version ${basedOn ?? "?"}`
  }
  const name = `${tool?.server ?? "?"} · ${tool?.name ?? "?"}`
  if (kind === "allowance") return `More fields for ${name} in ${tool?.environment ?? "?"}`

  const to = diff.find(({ path }) => path === "/tier")?.to
  const tier = tiers.find((known) => to === JSON.stringify(known))
  return `${tier === undefined ? "A lower tier" : `Tier ${tierWords[tier].letter}`} for ${name}`
}

/** The tool of the one grant that a policy adds; null where it does anything else. */
function grantedTool(diff: ProposalView["diff"]): string | null {
  const [rule, ...others] = diff.filter(({ path }) => path !== "/order" && !path.startsWith("/order/"))
  if (rule?.op !== "add" || others.length > 0 || !/^\/rules\/grant-[^/]+$/.test(rule.path)) return null
  const added = JSON.parse(rule.to ?? "{}") as Partial<PolicyRule>
  if (added.grant === undefined) return null

  return `${added.match?.server?.join(", ") ?? "?"} · ${added.match?.tool?.join(", ") ?? "?"}`
}

export const proposalStatusWords = {
  open: { tone: "soon", words: "waits" },
  published: { tone: "good", words: "in force" },
  rejected: { tone: "off", words: "rejected" },
  withdrawn: { tone: "off", words: "withdrawn" },
  superseded: { tone: "off", words: "overtaken" },
} as const

/** Who can put it in force: `Adam Reyes or Olivia Park`. */
export function approverWords(names: readonly string[]): string {
  return names.length < 2
    ? (names[0] ?? "nobody")
    : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`
}
