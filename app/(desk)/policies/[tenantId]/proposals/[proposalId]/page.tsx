import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { FieldTable } from "@/components/diffs/field-table"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { policyPath } from "@/components/policies/policy-paths"
import { PolicyText } from "@/components/policies/policy-text"
import { ProposalActions } from "@/components/policies/proposal-actions"
import { approverWords, proposalStatusWords, proposalTitle } from "@/components/policies/proposal-words"
import { Strictness } from "@/components/policies/strictness"
import { Badge } from "@/components/ui/badge"
import { Fact, FactList } from "@/components/ui/fact-list"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import type { ProposalView } from "@/lib/policies/proposal.schema"
import { readProposal } from "@/lib/policies/proposal-views.service"
import { orElsewhere } from "../../../../or-elsewhere"

export const metadata: Metadata = { title: "Proposal" }

type Props = Readonly<{ params: Promise<{ tenantId: string; proposalId: string }> }>

export default async function ProposalPage({ params }: Props) {
  const { tenantId, proposalId } = await params
  const path = policyPath(tenantId, `/proposals/${proposalId}`)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const proposal = await orElsewhere(readProposal(person, tenantId, proposalId), path)
  const tenantName = person.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: tenantName, href: policyPath(tenantId) },
        { words: "Proposal" },
      ]}
      title={<Visible text={proposalTitle(proposal)} />}
      mark={<Badge {...proposalStatusWords[proposal.status]} />}
      note={<Standing proposal={proposal} />}
      actions={
        proposal.status === "open" &&
        may(person, "policy:manage", tenantId) && (
          <ProposalActions proposal={proposal} personId={person.personId} />
        )
      }
    >
      <div className="flex flex-col gap-4 px-4 md:px-6">
        <Facts proposal={proposal} />
        <Strictness loosens={proposal.loosens} />
      </div>
      <Section title="What it changes" isFlush>
        <FieldTable fields={proposal.diff} />
      </Section>
      {proposal.text !== null && (
        <Section title="As it was written" isFlush>
          <div className="py-2">
            <PolicyText text={proposal.text} />
          </div>
        </Section>
      )}
    </DeskPage>
  )
}

/** Whether it holds, and what has to happen until it does. */
function Standing({ proposal }: Readonly<{ proposal: ProposalView }>) {
  const { status, approvers, takesEffectAt, reason } = proposal
  if (status === "published") return "It took effect."
  if (status === "superseded")
    return "What it would have changed has changed since, so it can no longer be decided."
  if (status === "withdrawn") return "It never took effect."
  if (status === "rejected") {
    return (
      <>
        It never took effect: <Visible text={reason ?? ""} />
      </>
    )
  }
  if (takesEffectAt === null) {
    return (
      <>
        It does not hold yet. It waits for <Visible text={approverWords(approvers.map(({ name }) => name))} />
        .
      </>
    )
  }

  return (
    <>
      It does not hold yet. Nobody else administers this client, so it takes effect by itself (
      <Time at={takesEffectAt} as="left" isFocusable />) unless it is withdrawn.
    </>
  )
}

function Facts({ proposal }: Readonly<{ proposal: ProposalView }>) {
  return (
    <FactList>
      <Fact name="Proposed by">
        <Visible text={proposal.proposedBy.name} />, <Time at={proposal.proposedAt} as="age" isFocusable />
      </Fact>
      {proposal.decidedBy !== null && proposal.decidedAt !== null && (
        <Fact name="Decided by">
          <Visible text={proposal.decidedBy.name} />, <Time at={proposal.decidedAt} as="age" isFocusable />
        </Fact>
      )}
      {proposal.note !== "" && (
        <Fact name="Note">
          <Visible text={proposal.note} />
        </Fact>
      )}
      <Fact name="Hash">
        <IdText id={proposal.hash} label="Copy the whole hash" />
      </Fact>
    </FactList>
  )
}
