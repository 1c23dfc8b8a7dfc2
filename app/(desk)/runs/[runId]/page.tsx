import type { Metadata } from "next"
import { notFound, redirect } from "next/navigation"
import { shortId } from "@/components/ui/short-id"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { TopBar } from "@/components/layout/top-bar"
import { RunHeader } from "@/components/runs/run-header"
import { RunTimeline } from "@/components/runs/run-timeline"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"
import { runPage } from "@/lib/runs/run-page.queries"

type Props = Readonly<{
  params: Promise<{ runId: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: shortId((await params).runId) }
}

export default async function RunPage({ params, searchParams }: Props) {
  const { runId } = await params
  const { cursor } = await searchParams
  const path = `/runs/${runId}`
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const after = typeof cursor === "string" ? cursor : undefined
  const { run, events, nextCursor } = await runPage(person, runId, after).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath(path))
    if (error instanceof AppError && error.code === "invalid_cursor") redirect(path)
    throw error
  })

  return (
    <>
      <TopBar
        crumbs={[
          { words: "Inbox", href: "/inbox" },
          { words: run.tenantName, href: `/inbox?tenant=${run.tenantId}` },
          { words: shortId(runId) },
        ]}
      >
        <LiveRefresh subjectId={runId} asksAnyway={run.status === "open" && nextCursor === null} />
      </TopBar>
      <main id="content" tabIndex={-1} className="flex flex-1 flex-col gap-6 py-4 outline-none md:py-5">
        <RunHeader run={run} />
        <RunTimeline
          events={events}
          startPath={after === undefined ? null : path}
          laterPath={nextCursor === null ? null : `${path}?cursor=${nextCursor}`}
        />
      </main>
    </>
  )
}
