import { sha256Hex } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { AppError } from "@/lib/errors/app-error"
import { onlyAgencyOf } from "@/lib/members/invitations.service"
import { requireAdministratorNow } from "@/lib/members/members.service"
import { agencyCommand } from "@/lib/operations/agency-command"
import { newId } from "@/lib/operations/new-id"
import type { CreatePackBody, PackVersionBody, PackView } from "./pack.schema"
import { agencyOfPack, readPack } from "./packs.queries"
import { findPack, insertPack, insertPackVersion } from "./packs.repo"
import { requireDocument } from "./policy-draft.service"
import { policyBytes } from "./stored-policy.service"

/**
 * Keeps a policy for the clients of an agency. It is in force nowhere until it
 * is rolled out.
 *
 * @throws AppError `invalid_policy`, `forbidden`, `not_found`, `invalid_request` when the agency has to be named
 */
export async function createPack(
  actor: PersonActor,
  { agencyId, ...pack }: CreatePackBody,
): Promise<PackView> {
  const packId = await saveNewPack(actor, agencyId ?? onlyAgencyOf(actor), pack)

  return readPack(actor, packId)
}

const saveNewPack = agencyCommand(
  "policy:manage",
  async ({ actor, db }, { name, text, note }: Omit<CreatePackBody, "agencyId">) => {
    await requireAdministratorNow(db, actor, db.agencyId)
    const written = sealed(text)
    const packId = newId("pack")
    await insertPack(db, { packId, name, createdById: actor.personId })
    await insertPackVersion(db, { ...written, packId, version: 1, note, authorId: actor.personId })

    const event: AuditEvent = {
      type: "pack.created",
      subject: { kind: "pack", id: packId },
      plain: { agencyId: db.agencyId, version: 1 },
      secret: { name, digest: written.digest, text: sha256Hex(text), note },
    }
    return { value: packId, events: [{ in: "every_tenant", event }] }
  },
)

/**
 * Adds the next version of a pack. Where an earlier one was rolled out, that
 * one goes on until this one is.
 *
 * @throws AppError `not_found`, `invalid_policy`, `no_change`, `conflict` when another version is the newest than the
 * one it was written on
 */
export async function addPackVersion(
  actor: PersonActor,
  packId: string,
  body: PackVersionBody,
): Promise<PackView> {
  await savePackVersion(actor, await agencyOfPack(actor, packId), { ...body, packId })

  return readPack(actor, packId)
}

const savePackVersion = agencyCommand(
  "policy:manage",
  async ({ actor, db }, input: PackVersionBody & Readonly<{ packId: string }>) => {
    await requireAdministratorNow(db, actor, db.agencyId)
    const { packId, text, basedOn, note } = input
    const last = await findPack(db, packId, null)
    if (last === null) throw new AppError("not_found")
    if (last.version !== basedOn) {
      throw new AppError(
        "conflict",
        `Version ${last.version} is the newest now. Read it, and write on top of it.`,
      )
    }
    if (last.text === text) throw new AppError("no_change", "The newest version says this already.")
    const written = sealed(text)
    const version = basedOn + 1
    await insertPackVersion(db, { ...written, packId, version, note, authorId: actor.personId })

    const event: AuditEvent = {
      type: "pack.changed",
      subject: { kind: "pack", id: packId },
      plain: { agencyId: db.agencyId, version },
      secret: { digest: written.digest, text: sha256Hex(text), note },
    }
    return { value: version, events: [{ in: "every_tenant", event }] }
  },
)

/** Checked as any policy is, and kept in the form in which it would be published. */
function sealed(text: string) {
  const document = policyBytes(requireDocument(text))

  return { text, document, digest: sha256Hex(document) }
}
