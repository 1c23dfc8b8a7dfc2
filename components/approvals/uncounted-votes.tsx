import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Uncounted } from "@/lib/approvals/quorum"
import { othersUncounted } from "./uncounted-words"

type Props = Readonly<{ votes: ApprovalView["votes"]; uncounted: readonly Uncounted[] }>

/** Who approved and does not count towards the quorum now, each with the reason. */
export function UncountedVotes({ votes, uncounted }: Props) {
  if (uncounted.length === 0) return null

  return (
    <ul className="flex flex-col gap-0.5 text-muted">
      {uncounted.map(({ personId, why }) => (
        <li key={personId}>
          Not counted: {votes.find((vote) => vote.personId === personId)?.name ?? "somebody"},{" "}
          {othersUncounted[why]}
        </li>
      ))}
    </ul>
  )
}
