import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ProposalView } from "@/lib/policies/proposal.schema"
import { policyPath } from "./policy-paths"
import { approverWords, proposalStatusWords, proposalTitle } from "./proposal-words"

type Props = Readonly<{ label: string; proposals: readonly ProposalView[] }>

/** What would loosen the rules: what it is, from whom, and for whom it waits or what became of it. */
export function ProposalTable({ label, proposals }: Props) {
  return (
    <DataTable
      label={label}
      rows={proposals}
      keyOf={({ proposalId }) => proposalId}
      hrefOf={({ tenantId, proposalId }) => policyPath(tenantId, `/proposals/${proposalId}`)}
      columns={[
        { head: "What", cell: (proposal) => <Visible text={proposalTitle(proposal)} /> },
        { head: "From", cell: ({ proposedBy }) => <Visible text={proposedBy.name} /> },
        { head: "Proposed", cell: ({ proposedAt }) => <Time at={proposedAt} as="age" /> },
        { head: "State", cell: (proposal) => <State proposal={proposal} />, onPhone: "bare" },
      ]}
    />
  )
}

function State({ proposal }: Readonly<{ proposal: ProposalView }>) {
  const { status, approvers, takesEffectAt, decidedBy } = proposal
  if (status !== "open") {
    return (
      <span className="inline-flex flex-wrap gap-x-2">
        <Badge {...proposalStatusWords[status]} />
        {decidedBy !== null && (
          <span className="text-muted">
            by <Visible text={decidedBy.name} />
          </span>
        )}
      </span>
    )
  }
  if (takesEffectAt !== null) {
    return (
      <span className="text-look-ink">
        takes effect by itself, <Time at={takesEffectAt} as="left" />
      </span>
    )
  }

  return (
    <span className="inline-flex flex-wrap gap-x-2">
      <Badge tone="soon" words="waits for" />
      <Visible text={approverWords(approvers.map(({ name }) => name))} />
    </span>
  )
}
