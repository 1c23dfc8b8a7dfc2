import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { Suspense } from "react"
import { DeskPage } from "@/components/layout/desk-page"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { runsPath, shownRuns, type ShownRuns } from "@/components/runs/run-filter"
import { RunFilters } from "@/components/runs/run-filters"
import { RunTable } from "@/components/runs/run-table"
import { EmptyState } from "@/components/ui/empty-state"
import { LaterPages } from "@/components/ui/later-pages"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { ListSkeleton } from "@/components/ui/skeleton"
import type { PersonActor } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"
import { listRuns } from "@/lib/runs/run-list.queries"

export const metadata: Metadata = { title: "Runs" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function RunsPage({ searchParams }: Props) {
  const asked = await searchParams
  const person = await currentPerson()
  if (person === null) redirect(signInPath(runsPath(shownRuns(asked))))

  const shown = withinReach(shownRuns(asked), person)
  const cursor = typeof asked["cursor"] === "string" ? asked["cursor"] : undefined

  return (
    <DeskPage
      crumbs={[{ words: "Runs" }]}
      title="Runs"
      note="Each time an agent worked through a workflow: what it called, what waited for people, what was refused."
      bar={
        <>
          <LiveRefresh asksAnyway={cursor === undefined} />
          <ShortcutHelp keys={rowKeys} />
        </>
      }
    >
      <RunFilters shown={shown} tenants={person.tenants} />
      <Suspense fallback={<ListSkeleton label="Reading the runs" />}>
        <Runs person={person} shown={shown} cursor={cursor} />
      </Suspense>
    </DeskPage>
  )
}

type RunsProps = Readonly<{ person: PersonActor; shown: ShownRuns; cursor: string | undefined }>

async function Runs({ person, shown, cursor }: RunsProps) {
  const { tenant: tenantId, environment, status } = shown
  const { items, nextCursor } = await listRuns(person, { tenantId, environment, status, cursor }).catch(
    (error: unknown) => {
      if (error instanceof AppError && error.code === "invalid_cursor") redirect(runsPath(shown))
      if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath("/runs"))
      throw error
    },
  )
  if (items.length === 0) return <NoRuns shown={shown} cursor={cursor} />

  return (
    <>
      <RunTable runs={items} />
      <LaterPages
        startPath={cursor === undefined ? null : runsPath(shown)}
        nextPath={nextCursor === null ? null : runsPath(shown, { cursor: nextCursor })}
      />
    </>
  )
}

function NoRuns({ shown, cursor }: Omit<RunsProps, "person">) {
  if (cursor !== undefined || Object.values(shown).some((value) => value !== undefined))
    return (
      <EmptyState title="No run is like this">
        Choose another status, environment or client above to see more.
      </EmptyState>
    )

  return (
    <EmptyState title="No agent has worked here yet">
      A run appears by itself when an agent opens one with an API key.
    </EmptyState>
  )
}

/** A tenant that this person may not see is no choice either. */
function withinReach(shown: ShownRuns, person: PersonActor): ShownRuns {
  const isSeen = person.tenants.some(({ tenantId }) => tenantId === shown.tenant)
  return isSeen ? shown : { ...shown, tenant: undefined }
}
