import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { CommentView, WithdrawnVoteView } from "@/lib/approvals/comment.schema"
import { CommentForm } from "./comment-form"
import { votedWords } from "./voted-words"

type Props = Readonly<{
  approvalId: string
  votes: ApprovalView["votes"]
  withdrawn: readonly WithdrawnVoteView[]
  comments: readonly CommentView[]
  mayComment: boolean
}>

/** What people said and decided, in the order of time, and where one says something without deciding. */
export function Talk({ approvalId, votes, withdrawn, comments, mayComment }: Props) {
  const said = [...votes.map(ofVote), ...withdrawn.flatMap(ofWithdrawn), ...comments.map(ofComment)].toSorted(
    (one, other) => one.at.localeCompare(other.at),
  )
  if (said.length === 0 && !mayComment) return null

  return (
    <section aria-labelledby="talk-title" className="flex max-w-3xl flex-col gap-3">
      <h2 id="talk-title" className="text-sm font-semibold">
        Said by people
      </h2>
      {said.length > 0 && (
        <ol className="flex flex-col gap-3">
          {said.map((one) => (
            <li key={one.key} className="flex flex-col gap-0.5 text-sm">
              <p className="flex flex-wrap items-baseline gap-x-2 text-muted">
                <span className="font-medium text-ink">
                  <Visible text={one.name} />
                </span>
                {one.what !== null && <span>{one.what}</span>}
                <span className="text-xs">
                  <Time at={one.at} as="clock" isFocusable />
                </span>
              </p>
              {one.text !== null && <Words text={one.text} />}
            </li>
          ))}
        </ol>
      )}
      {mayComment && <CommentForm approvalId={approvalId} />}
    </section>
  )
}

/** Of several lines each on one of its own, with everything that could hide boxed. */
function Words({ text }: Readonly<{ text: string }>) {
  return (
    <div className="border-l-2 border-line pl-3">
      {text.split("\n").map((line, at) => (
        <p key={at} className="min-h-[1lh]">
          <Visible text={line} />
        </p>
      ))}
    </div>
  )
}

type Said = Readonly<{ key: string; at: string; name: string; what: string | null; text: string | null }>

function ofVote({ personId, at, name, decision, reason }: Props["votes"][number]): Said {
  return { key: `${personId} ${at}`, at, name, what: votedWords[decision], text: reason }
}

function ofWithdrawn({ personId, at, name, reason, withdrawnAt }: WithdrawnVoteView): Said[] {
  return [
    { key: `${personId} ${at}`, at, name, what: votedWords.approve, text: reason },
    { key: `${personId} ${withdrawnAt}`, at: withdrawnAt, name, what: "withdrew that approval", text: null },
  ]
}

function ofComment({ commentId, at, name, text }: CommentView): Said {
  return { key: commentId, at, name, what: null, text }
}
