import { Button } from "@/components/ui/button"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { answerOrPeople } from "./simulation-words"
import type { ChangedCalls } from "./use-simulation"

type Call = ChangedCalls[number]
type Props = Readonly<{ calls: ChangedCalls; onMore: (() => void) | null }>

/** The calls that a draft answers otherwise or puts to others; each leads to its approval, or to its run. */
export function SimulatedCalls({ calls, onMore }: Props) {
  return (
    <div className="-mx-4 flex flex-col gap-3 md:-mx-6">
      <DataTable
        label="Calls that would be answered otherwise or put to others"
        rows={calls}
        keyOf={({ callId }) => callId}
        hrefOf={({ approvalId, runId }) =>
          approvalId === null ? `/runs/${runId}` : `/approvals/${approvalId}`
        }
        columns={[
          { head: "Tool", cell: ({ tool }) => <Visible text={`${tool.server}/${tool.name}`} /> },
          { head: "Then", cell: ({ was, required }) => answerOrPeople(was, required?.was ?? null) },
          { head: "Now", cell: ({ now, required }) => answerOrPeople(now, required?.now ?? null) },
          { head: "Why", isWide: true, cell: (call) => <Why call={call} /> },
          { head: "When", cell: ({ requestedAt }) => <Time at={requestedAt} as="age" /> },
        ]}
      />
      {onMore !== null && (
        <div className="px-4 md:px-6">
          <Button look="plain" onClick={onMore}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}

function Why({ call: { rule, reasons } }: Readonly<{ call: Call }>) {
  const [first] = reasons
  if (first !== undefined) return <Visible text={first.message} />
  if (rule === null) return "No rule"

  return (
    <>
      Rule <Visible text={rule} />
    </>
  )
}
