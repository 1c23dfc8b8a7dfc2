import Link from "next/link"
import { fitsName } from "@/lib/policies/wildcard"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import type { Tier } from "@/lib/tools/tool"
import { policyPath } from "./policy-paths"
import { RuleTable } from "./rule-table"

type Props = Readonly<{
  tenantId: string
  version: number
  document: PolicyDocument
  tool: Readonly<{ server: string; name: string; tier: Tier | null }>
}>

/** The rules of the policy in force that can apply to calls of a tool. */
export function ToolRules({ tenantId, version, document, tool }: Props) {
  const rules = document.rules.filter((rule) => concerns(rule, tool))

  return (
    <>
      {rules.length === 0 ? (
        <p className="px-4 pt-3 text-sm md:px-6">No rule concerns it, so every call of it is denied.</p>
      ) : (
        <RuleTable document={{ version: 1, rules }} />
      )}
      <p className="px-4 pt-2 text-sm text-muted md:px-6">
        From the policy in force,{" "}
        <Link href={policyPath(tenantId)} className="rounded text-accent underline underline-offset-4">
          version {version}
        </Link>
        . The most specific rule that applies decides
        {rules.some(({ grant }) => grant !== undefined) &&
          ", and a grant before every rule but one that denies"}
        .
      </p>
    </>
  )
}

/** Whether a rule can apply to a call of a tool, as far as the tool decides that. */
export function concerns({ match = {} }: PolicyRule, { server, name, tier }: Props["tool"]): boolean {
  const fits = (patterns: readonly string[] | undefined, text: string) =>
    patterns === undefined || patterns.some((pattern) => fitsName(pattern, text))

  return (
    fits(match.server, server) &&
    fits(match.tool, name) &&
    (match.tier === undefined || tier === null || match.tier.includes(tier))
  )
}
