import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { EarlierApproval, InterdiffView } from "@/lib/approvals/interdiff.schema"
import { fieldRows } from "@/lib/changes/field-rows"
import { placeOf } from "./part-place"
import { EarlierPart } from "./earlier-part"
import { earlierWords } from "./earlier-words"

type Props = Readonly<{
  view: InterdiffView
  parts: ApprovalView["parts"]
  /** The approval that this one was made of, which is named apart. */
  madeOf: string | null
}>

/** What was asked for the same targets before, what people said to it, and what is asked for otherwise now. */
export function EarlierRequests({ view, parts, madeOf }: Props) {
  const requests = view.earlier.filter(({ approvalId }) => approvalId !== madeOf)
  if (requests.length === 0) return null

  return (
    <section
      aria-labelledby="earlier-title"
      className="flex flex-col gap-2 border-l-2 border-line-strong pl-3"
    >
      <h2 id="earlier-title" className="text-sm font-semibold">
        Asked before
      </h2>
      <ul className="flex flex-col gap-1 text-sm">
        {requests.map((earlier) => (
          <EarlierLine key={earlier.approvalId} earlier={earlier} />
        ))}
      </ul>
      <h3 className="text-xs font-medium text-faint">
        What changed since. The whole change is below, and is what you decide.
      </h3>
      <div className="flex flex-col border-t border-line">
        {view.parts
          .filter(({ earlierApprovalId }) => earlierApprovalId !== madeOf)
          .map(({ diff, ...part }) => {
            const { path } = placeOf(parts[part.position - 1]?.target ?? {})
            return <EarlierPart key={part.position} part={part} path={path} since={sinceOf(diff)} />
          })}
      </div>
    </section>
  )
}

function sinceOf(diff: InterdiffView["parts"][number]["diff"]) {
  return diff?.type === "json_patch" ? fieldRows(diff.preview) : (diff?.preview ?? null)
}

function EarlierLine({ earlier }: Readonly<{ earlier: EarlierApproval }>) {
  const { approvalId, decidedAt, requestedAt, votes } = earlier

  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <IdText id={approvalId} label="Copy the earlier approval's id" href={`/approvals/${approvalId}`} />
      <span>
        <Visible text={earlierWords(earlier)} />{" "}
        <span className="text-muted">
          <Time at={decidedAt ?? requestedAt} as="age" isFocusable />
        </span>
      </span>
      {votes.map(({ personId, name, reason }) =>
        reason === null ? null : (
          <span key={personId} className="text-muted">
            <Visible text={name} />: “<Visible text={reason} />”
          </span>
        ),
      )}
    </li>
  )
}
