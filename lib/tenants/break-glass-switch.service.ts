import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { requireOwnerNow } from "@/lib/members/members.service"
import { agencyCommand } from "@/lib/operations/agency-command"
import { findSwitch, saveOff } from "./break-glass-switch.repo"
import type { BreakGlassSwitchView } from "./break-glass-switch.schema"

/** @throws AppError `not_found` for who has no part in the agency as a whole */
export async function readBreakGlassSwitch(
  person: PersonActor,
  agencyId: string,
): Promise<BreakGlassSwitchView> {
  const isInside = person.agencies.some((agency) => agency.agencyId === agencyId)
  const found = isInside ? await findSwitch(agencyId) : null
  if (found === null) throw new AppError("not_found")
  const { offAt, offById, offByName } = found

  return {
    agencyId,
    isOn: offAt === null,
    offAt: offAt?.toISOString() ?? null,
    offBy: offById === null || offByName === null ? null : { personId: offById, name: offByName },
  }
}

/**
 * Switches break-glass off in an agency, for good: nobody can switch it on
 * again, and the database keeps it so. What waits for a second administrator
 * can be confirmed no more.
 *
 * @throws AppError `not_found`, `forbidden`, `break_glass_off`
 */
export async function switchBreakGlassOff(
  person: PersonActor,
  agencyId: string,
): Promise<BreakGlassSwitchView> {
  await saveSwitchedOff(person, agencyId, null)

  return readBreakGlassSwitch(person, agencyId)
}

const saveSwitchedOff = agencyCommand("break_glass:off", async ({ actor, db }, _: null) => {
  await requireOwnerNow(db, actor, db.agencyId)
  if (!(await saveOff(db, actor.personId))) throw new AppError("break_glass_off")

  return {
    value: undefined,
    events: [
      {
        in: "every_tenant",
        event: {
          type: "agency.break_glass_off",
          subject: { kind: "agency", id: db.agencyId },
          plain: { agencyId: db.agencyId },
        },
      },
    ],
  }
})
