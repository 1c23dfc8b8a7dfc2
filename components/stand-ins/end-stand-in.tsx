import { ConfirmAction } from "@/components/ui/confirm-action"
import type { StandInView } from "@/lib/stand-ins/stand-in.schema"

/** Ends a stand-in before its time. */
export function EndStandIn({ standIn: { standInId, standIn, absent } }: Readonly<{ standIn: StandInView }>) {
  return (
    <ConfirmAction
      words="End"
      busyWords="Ending…"
      look="quiet"
      title={`End that ${standIn.name} stands in for ${absent.name}?`}
      said="The stand-in is ended."
      request={{ method: "DELETE", path: `/api/v1/account/stand-ins/${standInId}` }}
    >
      <p>
        {standIn.name} decides nothing more in the place of {absent.name}, from this moment. A vote of theirs
        on what still waits counts no more, unless their own role is enough for it.
      </p>
    </ConfirmAction>
  )
}
