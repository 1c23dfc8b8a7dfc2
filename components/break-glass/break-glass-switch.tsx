import { Section } from "@/components/layout/section"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { BreakGlassSwitchView } from "@/lib/tenants/break-glass-switch.schema"

type Props = Readonly<{ name: string; state: BreakGlassSwitchView; maySwitchOff: boolean }>

/** Whether two administrators of an agency can set a quorum aside, and the way to end that for good. */
export function BreakGlassSwitch({ name, state, maySwitchOff }: Props) {
  return (
    <Section
      title="Break-glass"
      actions={state.isOn && maySwitchOff && <SwitchOff agencyId={state.agencyId} name={name} />}
    >
      {state.isOn ? (
        <p className="text-sm text-muted">
          Two owners or administrators of <Visible text={name} /> can together approve what waits for others,
          when those cannot be reached. Everybody is told each time.
        </p>
      ) : (
        <p className="text-sm text-muted">
          Switched off for good in <Visible text={name} />
          {state.offBy !== null && (
            <>
              {" "}
              by <Visible text={state.offBy.name} />
            </>
          )}
          {state.offAt !== null && (
            <>
              , <Time at={state.offAt} as="day" isFocusable />
            </>
          )}
          . Nobody can switch it on again.
        </p>
      )}
    </Section>
  )
}

function SwitchOff({ agencyId, name }: Readonly<{ agencyId: string; name: string }>) {
  return (
    <ConfirmAction
      words="Switch off for good"
      busyWords="Switching off…"
      title="Switch break-glass off for good?"
      said="Break-glass is switched off for good."
      typed={name}
      request={{ method: "DELETE", path: `/api/v1/agencies/${agencyId}/break-glass` }}
    >
      <p>
        From then on nobody approves without those whom the policy asks for, in no client of this agency,
        however urgent it is. What waits for a second administrator now can be confirmed no more.
      </p>
      <p>Nobody can switch it on again: not you, not another owner, not we.</p>
    </ConfirmAction>
  )
}
