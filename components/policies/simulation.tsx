"use client"

import { useId, useState } from "react"
import { Button } from "@/components/ui/button"
import { ProblemNotice } from "@/components/ui/problem-notice"
import type { SimulationView } from "@/lib/simulations/simulation.schema"
import { SimulatedCalls } from "./simulated-calls"
import { answerWords, limitWords, resultWords, untoldWords } from "./simulation-words"
import { useSimulation } from "./use-simulation"

type Props = Readonly<{
  tenantId: string
  /** The draft as it is written now. */
  text: string
  /** Whether it was checked and nothing is wrong with it. */
  isReady: boolean
}>

const daysOffered = [1, 7, 30, 90] as const

/** What a draft would have answered to the calls of the last days. */
export function Simulation({ tenantId, text, isReady }: Props) {
  const { known, start, cancel, more } = useSimulation(tenantId)
  const [days, setDays] = useState(30)
  const [asked, setAsked] = useState<string | null>(null)
  const titleId = useId()
  const { simulation, problem, isBusy } = known
  const isRunning = simulation?.status === "running"

  return (
    <section aria-labelledby={titleId} className="flex flex-col gap-3 border-t border-line pt-4 text-sm">
      <div className="flex flex-col gap-0.5">
        <h2 id={titleId} className="text-base font-semibold">
          What would it have done?
        </h2>
        <p className="text-muted">
          Asks this draft about calls that were really made. Nothing is published, and no call runs again.
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2">
          Calls of the last
          <select
            value={days}
            onChange={(event) => setDays(Number(event.target.value))}
            className="h-8.5 rounded-md border border-line-strong bg-raised px-2 text-ink pointer-coarse:h-10"
          >
            {daysOffered.map((offered) => (
              <option key={offered} value={offered}>
                {offered === 1 ? "day" : `${offered} days`}
              </option>
            ))}
          </select>
        </label>
        <Button
          look="plain"
          size="large"
          disabled={!isReady || isBusy || isRunning}
          onClick={() => {
            setAsked(text)
            void start(text, days)
          }}
        >
          Simulate
        </Button>
        {isRunning && (
          <Button look="quiet" size="large" disabled={isBusy} onClick={() => void cancel()}>
            Cancel
          </Button>
        )}
        {!isReady && !isRunning && (
          <span className="text-faint">A draft can be simulated once nothing is wrong with it.</span>
        )}
      </div>
      {problem !== null && <ProblemNotice problem={problem} />}
      {simulation !== null && (
        <div role="status" className="flex flex-col gap-3">
          {isRunning ? <Progress simulation={simulation} /> : <Result simulation={simulation} />}
          {!isRunning && asked !== null && asked !== text && (
            <p className="text-faint">You have changed the draft since.</p>
          )}
        </div>
      )}
      {!isRunning && known.calls.length > 0 && (
        <SimulatedCalls calls={known.calls} onMore={known.nextCursor === null ? null : () => void more()} />
      )}
    </section>
  )
}

function Progress({ simulation: { done, total } }: Readonly<{ simulation: SimulationView }>) {
  const id = useId()

  return (
    <div className="flex max-w-xl flex-col gap-1">
      <label htmlFor={id} className="text-muted tabular-nums">
        {done} of {total} calls
      </label>
      <progress id={id} value={done} max={Math.max(1, total)} className="h-2 w-full accent-accent" />
    </div>
  )
}

const endings = {
  done: "",
  running: "",
  cancelled: "It was cancelled. ",
  failed: "It could not go on; start it again. ",
} as const

function Result({ simulation }: Readonly<{ simulation: SimulationView }>) {
  const changed = simulation.counts.filter(({ was, now }) => was !== now)

  return (
    <div className="flex flex-col gap-1">
      <p className="font-medium">
        {endings[simulation.status]}
        {resultWords(simulation)}
      </p>
      <ul className="text-muted tabular-nums">
        {changed.map(({ was, now, calls }) => (
          <li key={`${was} ${now}`}>
            {calls} {answerWords[was]} then, {answerWords[now]} now.
          </li>
        ))}
        {[...limitWords(simulation), ...untoldWords(simulation)].map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </div>
  )
}
