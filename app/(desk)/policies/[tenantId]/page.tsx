import type { Metadata } from "next"
import { redirect } from "next/navigation"
import type { ReactNode } from "react"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { GrantLists } from "@/components/grants/grant-lists"
import { DownloadButton } from "@/components/policies/download-button"
import { policyPath } from "@/components/policies/policy-paths"
import { PolicyText } from "@/components/policies/policy-text"
import { ProposalTable } from "@/components/policies/proposal-table"
import { RuleTable } from "@/components/policies/rule-table"
import { UnreadablePolicy } from "@/components/policies/unreadable-policy"
import { VersionTable } from "@/components/policies/version-table"
import { CopyButton } from "@/components/ui/copy-button"
import { LaterPages } from "@/components/ui/later-pages"
import { LinkButton } from "@/components/ui/link-button"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import type { GrantView } from "@/lib/grants/grant.schema"
import { readGrants } from "@/lib/grants/grants.service"
import type { PolicyDocument } from "@/lib/policies/policy"
import { readPolicies, readPolicyInForce } from "@/lib/policies/policy-view.service"
import type { PolicyView } from "@/lib/policies/policy-version.schema"
import { readProposals } from "@/lib/policies/proposal-views.service"
import { orElsewhere } from "../../or-elsewhere"

export const metadata: Metadata = { title: "Policy" }

type Props = Readonly<{
  params: Promise<{ tenantId: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}>

export default async function PolicyPage({ params, searchParams }: Props) {
  const { tenantId } = await params
  const path = policyPath(tenantId)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const { cursor } = await searchParams
  const after = typeof cursor === "string" && /^[1-9][0-9]{0,8}$/.test(cursor) ? cursor : undefined
  const history = await orElsewhere(readPolicies(person, tenantId, { cursor: after }), path)
  const [policy, proposals, grants] = await Promise.all([
    readPolicyInForce(person, tenantId),
    readProposals(person, tenantId, {}),
    readGrants(person, tenantId),
  ])
  const tenantName = person.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId
  const waiting = proposals.items.filter(({ status }) => status === "open")
  const decided = proposals.items.filter(({ status }) => status !== "open").slice(0, decidedMax)
  const isFirst = history.inForce === 1

  return (
    <DeskPage
      crumbs={[{ words: "Policies", href: "/policies" }, { words: tenantName }]}
      title={<Visible text={tenantName} />}
      note={
        isFirst
          ? "No policy is published yet, so the tier defaults hold: T0 and T1 pass, everything above asks one reviewer."
          : `Version ${history.inForce} is in force. Every decision names the rule that made it.`
      }
      actions={
        may(person, "policy:manage", tenantId) && (
          <LinkButton look="primary" href={`${path}/edit`}>
            {isFirst ? "Write the first policy" : "Edit policy"}
          </LinkButton>
        )
      }
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      {waiting.length > 0 && (
        <Section title={`Waiting for a decision (${waiting.length})`} isFlush>
          <ProposalTable label="Proposals that wait" proposals={waiting} />
        </Section>
      )}
      {policy === null ? (
        <UnreadablePolicy version={history.inForce} />
      ) : (
        <InForce policy={policy} tenantName={tenantName}>
          <Grants tenantId={tenantId} grants={grants} mayRevoke={may(person, "grant:manage", tenantId)} />
        </InForce>
      )}
      <Section title="History" isFlush>
        <VersionTable versions={history.items} />
      </Section>
      <LaterPages
        startPath={after === undefined ? null : path}
        nextPath={history.nextCursor === null ? null : `${path}?cursor=${history.nextCursor}`}
      />
      {decided.length > 0 && (
        <Section title="Decided proposals" isFlush>
          <ProposalTable label="Decided proposals" proposals={decided} />
        </Section>
      )}
    </DeskPage>
  )
}

/** The last of them; the others are in the log. */
const decidedMax = 10

type GrantsProps = Readonly<{
  tenantId: string
  grants: readonly GrantView[] | null
  mayRevoke: boolean
}>

function Grants({ tenantId, grants, mayRevoke }: GrantsProps) {
  return (
    <Section title="Grants" isFlush>
      <GrantLists tenantId={tenantId} grants={grants} mayRevoke={mayRevoke}>
        None holds. Whoever reviews can make one of a decision, on the page of a change that was approved.
      </GrantLists>
    </Section>
  )
}

type InForceProps = Readonly<{ policy: PolicyView; tenantName: string; children: ReactNode }>

function InForce({ policy, tenantName, children }: InForceProps) {
  const fileName = `${tenantName.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-v${policy.version}.yaml`

  return (
    <>
      <Section title="In force" isFlush>
        <RuleTable document={policy.document as unknown as PolicyDocument} />
      </Section>
      {children}
      <Section
        title="As it was written"
        isFlush
        actions={
          <>
            <CopyButton text={policy.text} label="Copy the policy" />
            <DownloadButton text={policy.text} fileName={fileName} />
          </>
        }
      >
        <div className="py-2">
          <PolicyText text={policy.text} />
        </div>
      </Section>
    </>
  )
}
