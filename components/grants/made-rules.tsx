import Link from "next/link"
import { policyPath } from "@/components/policies/policy-paths"
import { Badge } from "@/components/ui/badge"
import type { GrantView } from "@/lib/grants/grant.schema"
import { grantStateWords } from "./grant-words"

type Props = Readonly<{ tenantId: string; grants: readonly GrantView[] }>

/** The rules that were made of a decision, and how each stands. */
export function MadeRules({ tenantId, grants }: Props) {
  if (grants.length === 0) return null

  return (
    <ul aria-label="Rules made of this decision" className="flex flex-col gap-1 text-sm">
      {grants.map((grant) => (
        <li key={`${grant.name} ${grant.proposalId ?? ""}`} className="flex flex-wrap items-baseline gap-x-3">
          <Badge {...grantStateWords(grant)} />
          <Link
            href={
              grant.state === "waiting" && grant.proposalId !== null
                ? policyPath(tenantId, `/proposals/${grant.proposalId}`)
                : policyPath(tenantId)
            }
            className="rounded text-accent underline underline-offset-4"
          >
            {grant.state === "waiting" ? "a rule made of this" : "the rule made of this"}
          </Link>
          <span className="text-muted tabular-nums">
            {grant.usesLeft} of {grant.maxUses} {grant.maxUses === 1 ? "use" : "uses"} left
          </span>
        </li>
      ))}
    </ul>
  )
}
