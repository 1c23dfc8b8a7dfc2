import { ConfirmAction } from "@/components/ui/confirm-action"

type Props = Readonly<{ runId: string; pending: number; approved: number }>

/** Ends a run for good, and says beforehand what ends with it. */
export function StopRun({ runId, pending, approved }: Props) {
  return (
    <ConfirmAction
      words="Stop this run"
      busyWords="Stopping…"
      title="Stop this run?"
      said="The run is stopped."
      request={{ method: "POST", path: `/api/v1/runs/${runId}/close` }}
    >
      <p>The agent cannot call any tool in it from this moment, and it cannot be opened again.</p>
      <p>{cancelledWords(pending, approved)} What was already applied stays as it is.</p>
    </ConfirmAction>
  )
}

/** What is cancelled: `2 changes that wait for a decision and 1 that is approved but not yet applied are cancelled.` */
export function cancelledWords(pending: number, approved: number): string {
  const waiting =
    pending > 0 ? [`${changes(pending)} that ${pending === 1 ? "waits" : "wait"} for a decision`] : []
  const unspent = approved > 0 ? [`${changes(approved)} approved but not yet applied`] : []
  const all = [...waiting, ...unspent]
  if (all.length === 0) return "Nothing in it waits for a decision."

  return `${all.join(" and ")} ${pending + approved === 1 ? "is" : "are"} cancelled with it.`
}

function changes(count: number): string {
  return count === 1 ? "1 change" : `${count} changes`
}
