import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { Environment } from "@/lib/tools/tool"
import { EnvironmentName } from "./environment-name"
import { RunBadge } from "./run-badge"

export type RunRow = Readonly<{
  runId: string
  tenantName: string
  environment: Environment
  workflow: string
  step: string | null
  status: "open" | "closed"
  agent: string
  openedAt: string
  calls: number
  denied: number
  pending: number
}>

/** Runs, newest first, and what is going on in each. */
export function RunTable({ runs }: Readonly<{ runs: readonly RunRow[] }>) {
  return (
    <DataTable
      label="Runs"
      rows={runs}
      keyOf={({ runId }) => runId}
      hrefOf={({ runId }) => `/runs/${runId}`}
      columns={[
        { head: "Workflow", cell: (run) => <Workflow run={run} /> },
        { head: "Status", cell: ({ status }) => <RunBadge status={status} />, onPhone: "bare" },
        { head: "Client", cell: ({ tenantName }) => tenantName, onPhone: "bare" },
        {
          head: "Environment",
          cell: ({ environment }) => <EnvironmentName name={environment} />,
          onPhone: "bare",
        },
        { head: "Agent", cell: ({ agent }) => <Visible text={agent} />, onPhone: "hidden" },
        {
          head: "Calls",
          cell: ({ calls }) => calls.toLocaleString("en-US"),
          align: "right",
          onPhone: "hidden",
        },
        {
          head: "Waiting",
          cell: ({ pending }) => <Count count={pending} />,
          align: "right",
          onPhone: ({ pending }) => unlessNone(pending),
        },
        {
          head: "Refused",
          cell: ({ denied }) => <Count count={denied} />,
          align: "right",
          onPhone: ({ denied }) => unlessNone(denied),
        },
        { head: "Opened", cell: ({ openedAt }) => <Time at={openedAt} as="age" />, align: "right" },
      ]}
    />
  )
}

function Workflow({ run: { workflow, step } }: Readonly<{ run: RunRow }>) {
  return (
    <>
      <Visible text={workflow} />
      {step !== null && (
        <span className="font-normal text-muted">
          {" "}
          · step <Visible text={step} />
        </span>
      )}
    </>
  )
}

/** A card says only how many there are where there are some. */
function unlessNone(count: number): "named" | "hidden" {
  return count === 0 ? "hidden" : "named"
}

/** None is nothing to look at. */
function Count({ count }: Readonly<{ count: number }>) {
  return <span className={count === 0 ? "text-faint" : "font-medium"}>{count.toLocaleString("en-US")}</span>
}
