import { Check, CircleDashed, TriangleAlert, Undo2, X } from "lucide-react"
import type { ReactNode } from "react"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { RunEvent } from "@/lib/runs/run.schema"
import { explainStatus } from "./status-words"
import { votedWords } from "./voted-words"

type Props = Readonly<{ approval: ApprovalView; events: readonly RunEvent[] }>

/** What was decided, by whom, and what came of it; it grows while one looks. */
export function Outcome({ approval, events }: Props) {
  const { title, happened, notDone } = explainStatus(approval)
  const { execution, votes } = approval
  const isInPart = approval.endedBecause === "approved_in_part"
  const isOfParts = approval.derivedAs === "part"
  const steps = [
    ...votes.map((vote, place) => ({
      at: vote.at,
      step: (
        <Vote
          key={vote.personId}
          vote={vote}
          isInPart={isInPart && vote.decision === "deny"}
          {...(isOfParts && place === 0 && ofOthers)}
        />
      ),
    })),
    ...events.flatMap((event) => {
      const step = eventStep(event)
      return step === null ? [] : [{ at: event.timestamp, step }]
    }),
  ].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))

  return (
    <section
      aria-labelledby="outcome-title"
      className="flex flex-col gap-3 border-l-2 border-line-strong pl-4"
    >
      <div role="status" className="flex flex-col gap-1">
        <h2 id="outcome-title" className="text-base font-semibold">
          {title}
        </h2>
        <p className="text-sm text-muted">
          {happened} {notDone}
        </p>
      </div>
      <ol className="flex flex-col gap-1 text-sm">
        {(approval.carriedVotes ?? []).map((vote) => (
          <Vote key={vote.personId} vote={{ ...vote, decision: "approve" }} after=" in another run" />
        ))}
        {steps.map(({ step }) => step)}
        {approval.status === "approved" && approval.useBy !== null && (
          <Step>
            waiting for the tool server to spend it, within <Time at={approval.useBy} as="left" isFocusable />
          </Step>
        )}
        {execution !== null && <ExecutionSteps execution={execution} />}
      </ol>
    </section>
  )
}

/** What happened besides votes and what came of it, where people need to know. */
function eventStep(event: RunEvent): ReactNode {
  const { eventId, eventType, timestamp } = event
  switch (eventType) {
    case "approval.reopened":
      return (
        <Step key={eventId} at={timestamp} mark={<Undo2 size={14} />}>
          back before people: the policy changed, and asks for more than it had
        </Step>
      )
    case "approval.consume_refused":
      return (
        <Step key={eventId} at={timestamp} isBad>
          the tool server asked to spend it and was refused: {reasonsOf(event)}
        </Step>
      )
    default:
      return null
  }
}

type VoteProps = Readonly<{
  vote: Omit<ApprovalView["votes"][number], "selfReviewed">
  /** What follows the name; before a reason, what that is about. */
  after?: string
  /** Whether its denial left some parts approved. */
  isInPart?: boolean
}>

/** Whoever approved some parts said why not the others. */
const ofOthers = { after: ", who said of the other parts" } as const

function Vote({ vote, isInPart = false, after = isInPart ? ofOthers.after : "" }: VoteProps) {
  return (
    <Step at={vote.at} mark={voteMarks[isInPart ? "approve" : vote.decision]}>
      {isInPart ? `approved in part by ${voterOf(vote)}` : byWords(vote)}
      {after}
      {vote.reason !== null && (
        <q className="ml-1 text-muted">
          <Visible text={vote.reason} />
        </q>
      )}
    </Step>
  )
}

const voteMarks = {
  approve: <Check size={14} />,
  deny: <X size={14} />,
  request_changes: <Undo2 size={14} />,
} as const

function ExecutionSteps({ execution }: Readonly<{ execution: NonNullable<ApprovalView["execution"]> }>) {
  const { startedAt, finishedAt, status, matchesApproved, receipts, late } = execution

  return (
    <>
      <Step at={startedAt}>spent</Step>
      {finishedAt === null ? (
        <Step>waiting for the tool server to say what came of it</Step>
      ) : (
        <Step at={finishedAt} isBad={status !== "applied" || matchesApproved === false}>
          {status}
          {status === "applied" && matchesApproved === true && ", ran exactly as approved"}
          {matchesApproved === false && ", and the state afterwards differs from the approved one"}
          {late && ", reported late"}
        </Step>
      )}
      {receipts.map((receipt, index) => (
        <li key={index} className="ml-6 flex flex-wrap gap-x-3 font-mono text-xs text-muted">
          receipt
          {Object.entries(receipt).map(([name, value]) => (
            <span key={name} className="inline-flex gap-1">
              <span className="text-faint">{name}</span> <Visible text={value} />
            </span>
          ))}
        </li>
      ))}
    </>
  )
}

type StepProps = Readonly<{ at?: string; isBad?: boolean; mark?: ReactNode; children: ReactNode }>

function Step({ at, isBad = false, mark, children }: StepProps) {
  return (
    <li className="fade-in flex items-baseline gap-2">
      <span aria-hidden className={`shrink-0 translate-y-0.5 ${isBad ? "text-look-ink" : "text-muted"}`}>
        {mark ?? <StepIcon isBad={isBad} isOver={at !== undefined} />}
      </span>
      {at !== undefined && (
        <span className="text-muted">
          <Time at={at} as="clock" isFocusable />
        </span>
      )}
      <span className="min-w-0">{children}</span>
    </li>
  )
}

function StepIcon({ isBad, isOver }: Readonly<{ isBad: boolean; isOver: boolean }>) {
  if (isBad) return <TriangleAlert size={14} />
  return isOver ? <Check size={14} /> : <CircleDashed size={14} />
}

function byWords(vote: VoteProps["vote"]): string {
  return vote.decision === "request_changes"
    ? `sent back for changes by ${voterOf(vote)}`
    : `${votedWords[vote.decision]} by ${voterOf(vote)}`
}

function voterOf({ name, onBehalfOfName }: VoteProps["vote"]): string {
  return onBehalfOfName === null ? name : `${name} for ${onBehalfOfName}`
}

function reasonsOf(event: RunEvent): string {
  const { code, reasons = [], status } = event.result
  const codes = code === undefined ? reasons.map((reason) => reason.code) : [code]
  return (codes.length === 0 ? [status] : codes).join(", ").replaceAll("_", " ")
}
