import type { ReactNode } from "react"
import { IdText } from "@/components/ui/id-text"
import type { Derivations } from "@/lib/derivations/derivations.queries"

type Props = Readonly<{ found: Derivations; isApproved: boolean }>

/** What an approval was made of, and what was made of it. */
export function DerivationLines({ found: { madeOf, madeInto, mayCarryOver }, isApproved }: Props) {
  return (
    <>
      {madeOf !== null && (
        <Line id={madeOf.approvalId}>
          {madeOf.as === "carry_over"
            ? `Carried over from another run, with the votes that were cast there${isApproved ? ". They cannot be taken back any more; an owner or administrator can end this approval" : ""}:`
            : `Part of a change that was approved only in part, ${madeOf.parts} parts in all:`}
        </Line>
      )}
      {madeInto !== null && (
        <Line id={madeInto.approvalId}>
          {madeInto.as === "carry_over"
            ? "This decision was carried over to the same call in another run:"
            : `Approved in part: ${madeInto.parts} of its parts became an approval of their own:`}
        </Line>
      )}
      {mayCarryOver && (
        <p className="text-sm text-muted">
          If it is approved and not used, the policy lets this decision be carried over, once, to the same
          call in another run of this workflow.
        </p>
      )}
    </>
  )
}

function Line({ id, children }: Readonly<{ id: string; children: ReactNode }>) {
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1 border-l-2 border-line-strong pl-3 text-sm">
      <span>{children}</span>
      <IdText id={id} label="Copy the approval's id" href={`/approvals/${id}`} />
    </p>
  )
}
