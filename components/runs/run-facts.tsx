import { Fact, FactList } from "@/components/ui/fact-list"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { EnvironmentName } from "./environment-name"

type Props = Readonly<{
  run: Readonly<{
    runId: string
    tenantName: string
    environment: string
    step: string | null
    agent: string
    model: string | null
    operatorName: string | null
    openedAt: string
    closedAt: string | null
  }>
}>

/** What a run is: whose, where, by whom, and since when. */
export function RunFacts({ run }: Props) {
  return (
    <FactList>
      <Fact name="Client">{run.tenantName}</Fact>
      <Fact name="Environment">
        <EnvironmentName name={run.environment} />
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
        <IdText id={run.runId} label="Copy the run's id" />
      </Fact>
    </FactList>
  )
}

function Moment({ at }: Readonly<{ at: string }>) {
  return (
    <>
      <Time at={at} as="day" />, <Time at={at} as="clock" isFocusable />
    </>
  )
}
