import type { Metadata } from "next"
import { notFound, redirect } from "next/navigation"
import { GrantLists } from "@/components/grants/grant-lists"
import { DeskPage } from "@/components/layout/desk-page"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { Section } from "@/components/layout/section"
import { RunBadge } from "@/components/runs/run-badge"
import { RunFacts } from "@/components/runs/run-facts"
import { RunRules } from "@/components/runs/run-rules"
import { RunTimeline } from "@/components/runs/run-timeline"
import { RunPlans } from "@/components/plans/run-plans"
import { StopRun } from "@/components/runs/stop-run"
import { shortId } from "@/components/ui/short-id"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"
import { reachesRun } from "@/lib/grants/grant-reach"
import { readGrants } from "@/lib/grants/grants.service"
import { listPlans } from "@/lib/plans/plans.queries"
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
  const { run, rules, shared, taint, events, nextCursor, mayClose } = await runPage(
    person,
    runId,
    after,
  ).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath(path))
    if (error instanceof AppError && error.code === "invalid_cursor") redirect(path)
    throw error
  })
  const [{ items: plans }, grants] = await Promise.all([
    listPlans(person, { runId }),
    readGrants(person, run.tenantId, (rule) => reachesRun(rule, run, rules.allowed)),
  ])

  return (
    <DeskPage
      crumbs={[
        { words: "Runs", href: "/runs" },
        { words: run.tenantName, href: `/runs?tenant=${run.tenantId}` },
        { words: shortId(runId) },
      ]}
      title={
        <>
          Run <Visible text={run.workflow} />
        </>
      }
      mark={
        <span role="status">
          <RunBadge status={run.status} />
        </span>
      }
      actions={mayClose ? <StopRun runId={runId} /> : undefined}
      bar={<LiveRefresh subjectId={runId} asksAnyway={run.status === "open" && nextCursor === null} />}
    >
      <div className="px-4 md:px-6">
        <RunFacts run={run} />
      </div>
      <RunRules rules={rules} shared={shared} taint={taint} />
      <Section title="Grants in force" isFlush>
        <GrantLists
          tenantId={run.tenantId}
          grants={grants}
          mayRevoke={may(person, "grant:manage", run.tenantId)}
        >
          None reaches its calls: nothing passes on a decision that was made before.
        </GrantLists>
      </Section>
      <RunPlans plans={plans} />
      <RunTimeline
        events={events}
        startPath={after === undefined ? null : path}
        laterPath={nextCursor === null ? null : `${path}?cursor=${nextCursor}`}
      />
    </DeskPage>
  )
}
