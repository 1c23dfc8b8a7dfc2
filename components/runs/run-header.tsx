import { CircleCheck, CircleDot } from "lucide-react"
import type { ReactNode } from "react"
import { CopyButton } from "@/components/ui/copy-button"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { shortId } from "@/components/ui/short-id"

type Props = Readonly<{
  run: Readonly<{
    runId: string
    tenantName: string
    environment: string
    workflow: string
    step: string | null
    status: "open" | "closed"
    agent: string
    model: string | null
    operatorName: string | null
    openedAt: string
    closedAt: string | null
  }>
}>

/** What a run is: whose, of what, by whom, and whether it still goes on. */
export function RunHeader({ run }: Props) {
  return (
    <header className="flex flex-col gap-3 px-4 md:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="min-w-0 text-lg font-semibold">
          Run <Visible text={run.workflow} />
        </h1>
        <RunStatus status={run.status} />
      </div>
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm sm:grid-cols-[96px_minmax(0,1fr)_96px_minmax(0,1fr)] xl:max-w-5xl">
        <Fact name="Tenant">{run.tenantName}</Fact>
        <Fact name="Environment">
          {run.environment === "prod" ? <strong className="font-semibold">prod</strong> : run.environment}
        </Fact>
        <Fact name="Agent">
          <Visible text={run.agent} />
          {run.model !== null && (
            <>
              {" "}
              with <Visible text={run.model} />
            </>
          )}
        </Fact>
        <Fact name="Step">{run.step === null ? "none named" : <Visible text={run.step} />}</Fact>
        <Fact name="Opened">
          <Moment at={run.openedAt} />
        </Fact>
        <Fact name="Closed">{run.closedAt === null ? "not yet" : <Moment at={run.closedAt} />}</Fact>
        <Fact name="Operator">{run.operatorName ?? "no longer a member"}</Fact>
        <Fact name="Run">
          <span className="flex items-center gap-1 font-mono text-xs">
            {shortId(run.runId)}
            <CopyButton text={run.runId} label="Copy the run's id" />
          </span>
        </Fact>
      </dl>
    </header>
  )
}

function RunStatus({ status }: Readonly<{ status: "open" | "closed" }>) {
  const Icon = status === "open" ? CircleDot : CircleCheck
  return (
    <span role="status" className="inline-flex items-center gap-1.5 text-sm text-muted">
      <Icon size={14} aria-hidden />
      {status}
    </span>
  )
}

function Moment({ at }: Readonly<{ at: string }>) {
  return (
    <>
      <Time at={at} as="day" />, <Time at={at} as="clock" isFocusable />
    </>
  )
}

function Fact({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}
