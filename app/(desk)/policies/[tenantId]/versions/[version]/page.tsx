import type { Metadata } from "next"
import { notFound, redirect } from "next/navigation"
import { FieldTable } from "@/components/diffs/field-table"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { policyPath } from "@/components/policies/policy-paths"
import { PolicyText } from "@/components/policies/policy-text"
import { RollBack } from "@/components/policies/roll-back"
import { RuleTable } from "@/components/policies/rule-table"
import { Strictness } from "@/components/policies/strictness"
import { Badge } from "@/components/ui/badge"
import { CopyButton } from "@/components/ui/copy-button"
import { Fact, FactList } from "@/components/ui/fact-list"
import { FilterSelect } from "@/components/ui/filter-select"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import type { PolicyDocument } from "@/lib/policies/policy"
import { readPolicies, readPolicyVersion } from "@/lib/policies/policy-view.service"
import type { PolicyView } from "@/lib/policies/policy-version.schema"
import { orElsewhere } from "../../../../or-elsewhere"

export const metadata: Metadata = { title: "Policy version" }

type Props = Readonly<{
  params: Promise<{ tenantId: string; version: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}>

export default async function PolicyVersionPage({ params, searchParams }: Props) {
  const { tenantId, version: versionText } = await params
  const path = policyPath(tenantId, `/versions/${versionText}`)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const version = versionIn(versionText) ?? notFound()
  const history = await orElsewhere(readPolicies(person, tenantId, {}), path)
  // What rolling back would do is what one wants to know of an older version.
  const against =
    versionIn((await searchParams)["against"]) ?? (version < history.inForce ? history.inForce : undefined)
  const policy = await orElsewhere(readPolicyVersion(person, tenantId, { version, against }), path)
  const tenantName = person.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId
  const others = history.items.map((item) => item.version).filter((other) => other !== version)
  const { diff } = policy

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: tenantName, href: policyPath(tenantId) },
        { words: `Version ${version}` },
      ]}
      title={`Version ${version}`}
      mark={policy.isInForce && <Badge tone="good" words="in force" />}
      note={policy.note === "" ? undefined : <Visible text={policy.note} />}
      actions={
        !policy.isInForce &&
        diff?.against === history.inForce &&
        may(person, "policy:manage", tenantId) && (
          <RollBack
            tenantId={tenantId}
            version={version}
            inForce={history.inForce}
            loosens={diff.loosens}
            tightens={diff.tightens}
          />
        )
      }
    >
      <div className="px-4 md:px-6">
        <Facts policy={policy} />
      </div>
      {others.length > 0 && (
        <Section
          title={diff === null ? "What it changed" : `What differs from version ${diff.against}`}
          isFlush
          actions={
            <FilterSelect
              label="Compare with"
              value={String(diff?.against ?? "")}
              options={others.map((other) => ({
                value: String(other),
                words: `version ${other}${other === history.inForce ? ", in force" : ""}`,
                href: `${path}?against=${other}`,
              }))}
            />
          }
        >
          {diff !== null && <Difference diff={diff} />}
        </Section>
      )}
      <Section title="What it says" isFlush>
        <RuleTable document={policy.document as unknown as PolicyDocument} />
      </Section>
      <Section
        title="As it was written"
        isFlush
        actions={<CopyButton text={policy.text} label="Copy the policy" />}
      >
        <div className="py-2">
          <PolicyText text={policy.text} />
        </div>
      </Section>
    </DeskPage>
  )
}

function versionIn(text: string | string[] | undefined): number | undefined {
  return typeof text === "string" && /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined
}

function Difference({ diff }: Readonly<{ diff: NonNullable<PolicyView["diff"]> }>) {
  if (diff.fields.length === 0) {
    return <p className="px-4 py-3 text-sm text-muted md:px-6">They say the same.</p>
  }

  return (
    <div className="flex flex-col gap-3">
      <FieldTable fields={diff.fields} />
      <div className="flex flex-col gap-2 px-4 md:px-6">
        <Strictness loosens={diff.loosens} tightens={diff.tightens} />
      </div>
    </div>
  )
}

function Facts({ policy }: Readonly<{ policy: PolicyView }>) {
  return (
    <FactList>
      <Fact name="Written by">
        {policy.author === null ? "built in" : <Visible text={policy.author.name} />}
      </Fact>
      {policy.approvedBy !== null && (
        <Fact name="Approved by">
          <Visible text={policy.approvedBy.name} />
        </Fact>
      )}
      {policy.publishedAt !== null && (
        <Fact name="Published">
          <Time at={policy.publishedAt} as="age" isFocusable />
        </Fact>
      )}
      {policy.basedOn !== null && <Fact name="Based on">version {policy.basedOn}</Fact>}
      {policy.restores !== null && <Fact name="Repeats">version {policy.restores}</Fact>}
      <Fact name="Digest">
        <IdText id={policy.digest} label="Copy the whole digest" />
      </Fact>
    </FactList>
  )
}
