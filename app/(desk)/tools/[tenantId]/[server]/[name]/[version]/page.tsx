import type { Metadata } from "next"
import { cookies } from "next/headers"
import { notFound, redirect } from "next/navigation"
import { GrantLists } from "@/components/grants/grant-lists"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { ToolRules } from "@/components/policies/tool-rules"
import { AcceptForm } from "@/components/tools/accept-form"
import { AllowanceList } from "@/components/tools/allowance-list"
import { DefinitionReview } from "@/components/tools/definition-review"
import { DefinitionText } from "@/components/tools/definition-text"
import { ProposedNotice } from "@/components/tools/proposed-notice"
import { ToolActions } from "@/components/tools/tool-actions"
import { ToolFacts } from "@/components/tools/tool-facts"
import { ToolHints } from "@/components/tools/tool-hints"
import { toolPath, toolStatusWords, waitingWords } from "@/components/tools/tool-words"
import { Badge } from "@/components/ui/badge"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { reachesTool } from "@/lib/grants/grant-reach"
import { readGrants } from "@/lib/grants/grants.service"
import type { PolicyDocument } from "@/lib/policies/policy"
import { readPolicyInForce } from "@/lib/policies/policy-view.service"
import { toolDetail } from "@/lib/tools/tool-detail.service"
import type { ToolDetail } from "@/lib/tools/tool.schema"
import { orElsewhere } from "../../../../../or-elsewhere"

type Params = Readonly<{ tenantId: string; server: string; name: string; version: string }>
type Props = Readonly<{ params: Promise<Params> }>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).name }
}

export default async function ToolPage({ params }: Props) {
  const ref = named(await params)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(toolPath(ref)))

  const tool = await orElsewhere(toolDetail(person, ref.tenantId, ref), toolPath(ref))
  const policy = await readPolicyInForce(person, ref.tenantId)
  const grants = await readGrants(person, ref.tenantId, (rule) => reachesTool(rule, tool))
  const mayManage = may(person, "tool:manage", ref.tenantId)
  const tenantName = person.tenants.find(({ tenantId }) => tenantId === ref.tenantId)?.name ?? ""
  const layout = (await cookies()).get("deltaseal-diff")?.value === "split" ? "split" : "unified"

  return (
    <DeskPage
      crumbs={[{ words: "Tools", href: "/tools" }, { words: tool.server }, { words: tool.name }]}
      title={<span className="font-mono">{tool.name}</span>}
      mark={
        <Badge {...(tool.status === "waiting" && !mayManage ? waitingWords : toolStatusWords[tool.status])} />
      }
      note={tool.next?.message ?? "It can be used where it is allowed."}
      actions={mayManage && <ToolActions tool={tool} />}
    >
      <div className="px-4 md:px-6">
        <ToolFacts tool={tool} tenantName={tenantName} />
      </div>
      <ProposedNotice tenantId={ref.tenantId} proposed={tool.proposed} />
      {tool.offered !== null && <Offered tool={tool} layout={layout} mayManage={mayManage} />}
      <ToolHints hints={tool.hints} />
      <Section title="Where it may be used" isFlush>
        <AllowanceList tool={tool} mayManage={mayManage} />
      </Section>
      {policy !== null && (
        <Section title="Rules that concern it" isFlush>
          <ToolRules
            tenantId={ref.tenantId}
            version={policy.version}
            document={policy.document as unknown as PolicyDocument}
            tool={tool}
          />
        </Section>
      )}
      <Section title="Grants for it" isFlush>
        <GrantLists
          tenantId={ref.tenantId}
          grants={grants}
          mayRevoke={may(person, "grant:manage", ref.tenantId)}
        >
          None: no decision was made a rule, so each call is decided by the rules above.
        </GrantLists>
      </Section>
      {tool.accepted !== null && (
        <DefinitionText
          title="The accepted definition"
          definition={tool.accepted}
          isOpen={tool.offered === null}
        />
      )}
    </DeskPage>
  )
}

type OfferedProps = Readonly<{ tool: ToolDetail; layout: "unified" | "split"; mayManage: boolean }>

/** The definition that waits: what it would change, the whole of it, and the decision. */
function Offered({ tool, layout, mayManage }: OfferedProps) {
  if (tool.offered === null || tool.diff === null) return null

  return (
    <Section title="What the server offers" isFlush>
      <div className="flex flex-col gap-4 pt-3">
        <DefinitionReview tool={tool} diff={tool.diff} layout={layout} />
        {tool.diff.against !== null && (
          <DefinitionText title="The whole offered definition" definition={tool.offered} isOpen={false} />
        )}
        {mayManage && (
          <div className="max-w-xl px-4 md:px-6">
            <AcceptForm tool={tool} offeredHash={tool.offered.hash} />
          </div>
        )}
      </div>
    </Section>
  )
}

/** What is written in an address may be encoded; what cannot be read names nothing. */
function named(params: Params): Params {
  try {
    return { ...params, version: decodeURIComponent(params.version) }
  } catch {
    notFound()
  }
}
