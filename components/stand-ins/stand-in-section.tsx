import { Section } from "@/components/layout/section"
import { EmptyState } from "@/components/ui/empty-state"
import type { PossibleStandIn, StandInView } from "@/lib/stand-ins/stand-in.schema"
import { NameStandIn } from "./name-stand-in"
import { StandInTable } from "./stand-in-table"

type Props = Readonly<{
  /** One's own, and those of whom one stands in for. */
  standIns: readonly StandInView[]
  possible: readonly PossibleStandIn[]
  /** Names of agencies by id. */
  agencies: Readonly<Record<string, string>>
}>

/** Who decides in one's place while one is away, and for whom one does. */
export function StandInSection({ standIns, possible, agencies }: Props) {
  const isNamed = standIns.some(
    ({ isYours, status }) => isYours && (status === "planned" || status === "now"),
  )
  const naming = possible.length > 0 && !isNamed && <NameStandIn possible={possible} agencies={agencies} />

  return (
    <div id="away" className="scroll-mt-16">
      <Section title="When you are away" isFlush actions={standIns.length > 0 && naming}>
        {standIns.length === 0 ? (
          <div className="pt-3">
            <EmptyState title="Nobody stands in for you" action={naming}>
              {possible.length > 0
                ? "While you are away somebody else can decide in your place, for as long as you say."
                : "Somebody can once you decide for a client, and another person reads every client in which you do."}
            </EmptyState>
          </div>
        ) : (
          <StandInTable label="Stand-ins" rows={standIns} />
        )}
      </Section>
    </div>
  )
}
