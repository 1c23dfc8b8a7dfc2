import type { PersonActor } from "@/lib/access/actor"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf, type Done } from "@/lib/operations/command"
import { lockRules, propose, supersede } from "@/lib/policies/proposing.service"
import { assertPatchPaths, isWidened } from "./allowance"
import {
  deleteAllowance,
  findAllowance,
  saveAllowance,
  wasAllowed,
  type AllowanceRow,
  type Place,
} from "./managed-tools.repo"
import type { AllowanceView } from "./tool.schema"
import { toolEvent } from "./tool-event"

type Allowing = Place & Readonly<{ patchPaths: readonly string[] | null }>

/**
 * Allows a tool in an environment of a tenant, every version of it that is
 * accepted. Fields beyond those that it may change there are only proposed, for
 * a second person to decide, and so is all of it where it was allowed before
 * and no longer is: what was taken away does not come back wider by one person.
 *
 * @throws AppError `not_found` when no version is registered, `invalid_pointer`, `proposal_open`
 */
export const allowTool: (actor: PersonActor, tenantId: string, input: Allowing) => Promise<AllowanceView> =
  command(
    "tool:manage",
    async ({ actor, db }, { patchPaths, ...place }: Allowing): Promise<Done<AllowanceView>> => {
      assertPatchPaths(patchPaths)
      await lockRules(db)
      const { id } = partyOf(actor)
      const known = await findAllowance(db, place)
      const view = { tenantId: db.tenantId, ...place }

      if (await isLooser(db, place, { known, patchPaths })) {
        const { proposalId, event } = await propose(db, {
          kind: "allowance",
          subject: { environment: place.environment, server: place.server, name: place.name },
          before: known === null ? null : { patchPaths: known.patchPaths },
          after: { patchPaths },
          personId: id,
          note: "",
          loosens: [sentenceOf(place, patchPaths)],
        })
        const patchPathsNow = known?.patchPaths ?? null
        return {
          value: { ...view, isAllowed: known !== null, patchPaths: copyOf(patchPathsNow), proposalId },
          events: [event],
        }
      }

      if (!(await saveAllowance(db, place, { patchPaths, allowedById: id }))) throw new AppError("not_found")
      const allowed = toolEvent("tool.allowed", db.tenantId, place, {
        plain: { environment: place.environment },
        secret: { patchPaths: patchPaths === null ? null : JSON.stringify(patchPaths) },
      })
      const overtaken = await supersede(db, { kind: "allowance", subject: { ...place } })
      return {
        value: { ...view, isAllowed: true, patchPaths: copyOf(patchPaths), proposalId: null },
        events: [allowed, ...overtaken],
      }
    },
  )

/** @throws AppError `not_found` when it was not allowed */
export const disallowTool: (actor: PersonActor, tenantId: string, place: Place) => Promise<AllowanceView> =
  command("tool:manage", async ({ db }, place: Place) => {
    await lockRules(db)
    if (!(await deleteAllowance(db, place))) throw new AppError("not_found")

    const disallowed = toolEvent("tool.disallowed", db.tenantId, place, {
      plain: { environment: place.environment },
    })
    return {
      value: { tenantId: db.tenantId, ...place, patchPaths: null, isAllowed: false, proposalId: null },
      events: [disallowed, ...(await supersede(db, { kind: "allowance", subject: { ...place } }))],
    }
  })

type Wish = Readonly<{ known: AllowanceRow | null; patchPaths: readonly string[] | null }>

/** The first time a tool is allowed somewhere there is nothing that could be loosened. */
async function isLooser(db: TenantDb, place: Place, { known, patchPaths }: Wish): Promise<boolean> {
  return known === null ? wasAllowed(db, place) : isWidened(known.patchPaths, patchPaths)
}

function copyOf(patchPaths: readonly string[] | null): string[] | null {
  return patchPaths === null ? null : [...patchPaths]
}

function sentenceOf({ server, name, environment }: Place, patchPaths: readonly string[] | null): string {
  const fields = patchPaths === null ? "any field of a record" : patchPaths.join(", ")

  return `In ${environment}, ${server}/${name} may be used and change ${fields}.`
}
