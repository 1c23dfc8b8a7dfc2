import { StopButton } from "@/components/stops/stop-button"

/** Ends a run for good, and says beforehand what ends with it. */
export function StopRun({ runId }: Readonly<{ runId: string }>) {
  return (
    <StopButton
      scope="run"
      id={runId}
      words="Stop this run"
      title="Stop this run?"
      said="The run is stopped."
    >
      <p>The agent cannot call any tool in it from this moment, and it cannot be opened again.</p>
    </StopButton>
  )
}
