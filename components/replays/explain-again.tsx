"use client"

import { Check, RotateCcw, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"
import { WhyDisclosure } from "@/components/policies/why-disclosure"
import { ProblemNotice } from "@/components/ui/problem-notice"
import { Visible } from "@/components/ui/visible"
import type { ReplayView } from "@/lib/simulations/simulation.schema"
import { saidAnswer, untoldWords } from "./replay-words"
import { useReplay, type Replayed } from "./use-replay"

/** Explains a decision again under the version that made it, and says what the one in force would answer. */
export function ExplainAgain({ callId }: Readonly<{ callId: string }>) {
  const { replaying, explain, close } = useReplay(callId)
  const { isBusy, replayed, problem } = replaying

  return (
    <div className="flex flex-col gap-1 text-sm">
      <div>
        <button
          type="button"
          aria-expanded={replayed !== null}
          disabled={isBusy}
          onClick={() => (replayed === null ? void explain() : close())}
          className="inline-flex items-center gap-1 rounded-sm text-muted hover:text-ink disabled:text-faint pointer-coarse:py-1"
        >
          <RotateCcw size={14} aria-hidden className="shrink-0" />
          {isBusy ? "Explaining…" : "Explain again"}
        </button>
      </div>
      {problem !== null && <ProblemNotice problem={problem} />}
      <div role="status">{replayed !== null && <Told replayed={replayed} />}</div>
    </div>
  )
}

function Told({ replayed: { decided, inForce } }: Readonly<{ replayed: Replayed }>) {
  const isSameVersion = inForce.now?.policyVersion === decided.was.policyVersion

  return (
    <div className="flex flex-col gap-2 border-l-2 border-line-strong py-0.5 pl-3">
      <Again replay={decided} />
      {isSameVersion ? (
        <p className="text-muted">That version is in force today.</p>
      ) : (
        decided.untold === null && <Today replay={inForce} />
      )}
      <p className="text-xs text-faint">From what was recorded. Nothing ran, and limits are not counted.</p>
    </div>
  )
}

function Again({ replay }: Readonly<{ replay: ReplayView }>) {
  const { was, now, isSame } = replay
  const untold = untoldWords(replay)
  if (untold !== null || now === null) return <p>{untold}</p>

  return (
    <div className="flex flex-col gap-1">
      <Line isBad={isSame === false}>
        {isSame === true ? (
          <>
            Under version {now.policyVersion}, which decided it, it comes out the same: <Said of={now} />.
          </>
        ) : (
          <>
            Under version {now.policyVersion}, which decided it, it does not come out the same: then{" "}
            <Said of={was} />, now <Said of={now} />. Whoever looks after this server should know.
          </>
        )}
      </Line>
      <Checks of={now} />
    </div>
  )
}

function Today({ replay }: Readonly<{ replay: ReplayView }>) {
  const { now, isSame } = replay
  const untold = untoldWords(replay)
  if (untold !== null || now === null) {
    return <p className="text-muted">What today’s policy says of it cannot be told. {untold}</p>
  }

  return (
    <div className="flex flex-col gap-1">
      <Line isBad={isSame === false}>
        {isSame === true ? (
          <>Under version {now.policyVersion}, in force today, it would be the same.</>
        ) : (
          <>
            Under version {now.policyVersion}, in force today, it would differ: <Said of={now} />.
          </>
        )}
      </Line>
      <Checks of={now} />
    </div>
  )
}

type AnswerProps = Readonly<{ of: NonNullable<ReplayView["now"]> | ReplayView["was"] }>

function Said({ of }: AnswerProps) {
  const { answer, rule } = saidAnswer(of)

  return (
    <>
      {answer}
      {rule !== null && (
        <>
          {" "}
          by the rule “<Visible text={rule} />”
        </>
      )}
    </>
  )
}

function Checks({ of: { reasons, checks } }: Readonly<{ of: NonNullable<ReplayView["now"]> }>) {
  return (
    <div className="flex flex-col gap-0.5 pl-5">
      {reasons.length > 0 && (
        <ul aria-label="Reasons" className="list-disc pl-4 text-muted">
          {reasons.map((reason, index) => (
            <li key={index}>
              <Visible text={reason.message} />
            </li>
          ))}
        </ul>
      )}
      <WhyDisclosure words="each check" checks={checks} />
    </div>
  )
}

function Line({ isBad, children }: Readonly<{ isBad: boolean; children: ReactNode }>) {
  const Icon = isBad ? TriangleAlert : Check

  return (
    <p className="flex gap-1.5">
      <Icon size={14} aria-hidden className={`mt-0.75 shrink-0 ${isBad ? "text-look-ink" : "text-muted"}`} />
      <span className="min-w-0">{children}</span>
    </p>
  )
}
