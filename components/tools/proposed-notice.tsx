import { Hourglass } from "lucide-react"
import Link from "next/link"
import { policyPath } from "@/components/policies/policy-paths"
import { tierWords } from "@/components/ui/tier-words"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ToolView } from "@/lib/tools/tool.schema"

type Proposed = ToolView["proposed"][number]

type Props = Readonly<{ tenantId: string; proposed: readonly Proposed[] }>

/** What would loosen a tool and does not hold yet: what, by whom, and for whom it waits. */
export function ProposedNotice({ tenantId, proposed }: Props) {
  if (proposed.length === 0) return null

  return (
    <ul aria-label="Proposed" className="flex flex-col gap-2 px-4 md:px-6">
      {proposed.map((proposal) => (
        <li
          key={proposal.proposalId}
          className="flex gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink"
        >
          <Hourglass size={16} aria-hidden className="mt-0.5 shrink-0" />
          <span>
            <Visible text={proposal.proposedBy.name} /> proposed{" "}
            <Time at={proposal.proposedAt} as="age" isFocusable />: <What proposal={proposal} />.{" "}
            {proposal.takesEffectAt === null ? (
              "It waits for another administrator; what is shown holds until then."
            ) : (
              <>
                Nobody else administers this client, so it takes effect by itself (
                <Time at={proposal.takesEffectAt} as="left" isFocusable />
                ), unless it is withdrawn.
              </>
            )}{" "}
            <Link
              href={policyPath(tenantId, `/proposals/${proposal.proposalId}`)}
              className="rounded underline underline-offset-4"
            >
              See the proposal
            </Link>
          </span>
        </li>
      ))}
    </ul>
  )
}

function What({ proposal: { tier, environment, patchPaths } }: Readonly<{ proposal: Proposed }>) {
  if (tier !== null) return <>the lower tier {tierWords[tier].letter}</>
  if (patchPaths === null) return <>any field of a record in {environment}</>

  return (
    <>
      the fields <span className="font-mono break-all">{patchPaths.join(", ")}</span> in {environment}
    </>
  )
}
