import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { Suspense } from "react"
import { DeskPage } from "@/components/layout/desk-page"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { Section } from "@/components/layout/section"
import { shownTools, toolsPath, type ShownTools } from "@/components/tools/tool-filter"
import { ToolFilters } from "@/components/tools/tool-filters"
import { toolGroups } from "@/components/tools/tool-groups"
import { ToolTable } from "@/components/tools/tool-table"
import { EmptyState } from "@/components/ui/empty-state"
import { LinkButton } from "@/components/ui/link-button"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { ListSkeleton } from "@/components/ui/skeleton"
import { may, type PersonActor } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { allTools } from "@/lib/tools/tools.queries"
import { orElsewhere } from "../or-elsewhere"

export const metadata: Metadata = { title: "Tools" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function ToolsPage({ searchParams }: Props) {
  const shown = shownTools(await searchParams)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(toolsPath(shown)))

  return (
    <DeskPage
      crumbs={[{ words: "Tools" }]}
      title="Tools"
      note="What MCP servers offer. A tool can be used once a person accepted its definition with a tier, and where it is allowed."
      bar={
        <>
          <LiveRefresh asksAnyway />
          <ShortcutHelp keys={rowKeys} />
        </>
      }
    >
      <Suspense fallback={<ListSkeleton label="Reading the tools" />}>
        <Tools person={person} shown={shown} />
      </Suspense>
    </DeskPage>
  )
}

async function Tools({ person, shown }: Readonly<{ person: PersonActor; shown: ShownTools }>) {
  const all = await orElsewhere(allTools(person, null), toolsPath(shown))
  const here = all.filter(({ tenantId }) => shown.tenant === undefined || tenantId === shown.tenant)
  const tools = here.filter(({ status }) => shown.status === undefined || status === shown.status)
  const tenantNames = new Map(person.tenants.map(({ tenantId, name }) => [tenantId, name]))
  const waiting = here.filter(({ status }) => status === "waiting").length

  return (
    <>
      <ToolFilters shown={shown} waiting={waiting} tenants={person.tenants} />
      {tools.length === 0 && <NoTools isFiltered={all.length > 0} person={person} />}
      {toolGroups(tools, tenantNames).map(({ key, title, tools: found }) => (
        <Section key={key} title={title} isFlush>
          <ToolTable
            label={title}
            tools={found}
            tenantNames={tenantNames}
            isMixed={key === "waiting"}
            mayManage={(tenantId) => may(person, "tool:manage", tenantId)}
          />
        </Section>
      ))}
    </>
  )
}

function NoTools({ isFiltered, person }: Readonly<{ isFiltered: boolean; person: PersonActor }>) {
  if (isFiltered)
    return (
      <EmptyState title="No tool is like this">Choose another status or client above to see more.</EmptyState>
    )

  const mayMakeKeys = person.tenants.some(({ tenantId }) => may(person, "key:manage", tenantId))
  return (
    <EmptyState
      title="No server has registered a tool yet"
      action={
        mayMakeKeys && (
          <LinkButton look="plain" href="/keys/new?registers">
            Make a key for a server
          </LinkButton>
        )
      }
    >
      A server registers its tools with an API key that has the scope tools:register, for example by starting
      an example server with <code className="font-mono text-sm">--register</code>. Each then waits here for
      somebody to read it.
    </EmptyState>
  )
}
