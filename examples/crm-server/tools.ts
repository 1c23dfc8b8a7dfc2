import type {
  ApprovedChange,
  Applied,
  Guard,
  PatchOperation,
  ToolContext,
  ToolHandler,
} from "@deltaseal/guard"
import { applyPatch, type JsonObject } from "@deltaseal/guard/change"
import { contactOf, CrmError } from "./contact.ts"
import type { Contacts } from "./contacts.ts"
import { definitionOf } from "./definitions.ts"

/** `tenantId` is not used here: one server serves one client, and Deltaseal refuses a call that names another. */
export type ContactInput = Readonly<{ tenantId: string; contactId: string }>
export type PatchInput = ContactInput & Readonly<{ patch: readonly PatchOperation[] }>

/** Both tools, each behind the guard. */
export function createTools(guard: Guard, contacts: Contacts) {
  const read = async (contactId: string) => {
    const stored = await contacts.find(contactId)
    return stored === null ? null : { value: stored.contact as JsonObject, version: stored.version }
  }

  return {
    get_contact: guard.read(definitionOf("get_contact"), async ({ contactId }: ContactInput) => {
      const found = await read(contactId)
      if (found === null) throw new CrmError(`There is no contact ${contactId}.`)
      return { content: [{ type: "text" as const, text: JSON.stringify(found.value, null, 2) }] }
    }),
    "crm.apply_patch": guard.guard<PatchInput, "record">(definitionOf("crm.apply_patch"), {
      observe: async ({ id }) => await read(id),
      plan: async ({ contactId, patch }, context) => {
        const before = await read(contactId)
        if (before === null) throw new CrmError(`There is no contact ${contactId}.`)
        const after = contactOf(applyPatch(before.value, patch) as JsonObject)
        const target = { system: "crm", type: "contact", id: contactId }
        return { parts: [{ kind: "record", target, before, after }], ...reasonIn(context) }
      },
      apply: async (change) => await applyTo(contacts, change),
    }),
  } satisfies Record<string, ToolHandler<never, object>>
}

async function applyTo(contacts: Contacts, change: ApprovedChange<PatchInput, "record">): Promise<Applied> {
  const lines: string[] = []
  for (const { target, after, version } of change.parts) {
    if (version === undefined)
      throw new CrmError("A contact is only changed at the version that was reviewed.")
    await contacts.replace(target.id, contactOf(after), version)
    lines.push(`Changed contact ${target.id} exactly as approved.`)
  }
  return { text: lines.join("\n") }
}

/** The agent's own words for why, which travel beside the input: they are shown to people and are not part of the change. */
function reasonIn(context: ToolContext | undefined): Readonly<{ reason?: string }> {
  const reason = context?.mcpReq?._meta?.["deltaseal/reason"]
  return typeof reason === "string" && reason !== "" ? { reason } : {}
}
