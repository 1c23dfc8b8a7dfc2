import { askingFor } from "../agent/asking.ts"
import type { Task } from "../agent/work.ts"

/** Acme Dental's ticket 4412: a contact who wants to become a member. */
export function crmTasks(tenantId: string): readonly Task[] {
  const maria = { tenantId, contactId: "c_101" }

  return [
    {
      title: "Correct a contact's e-mail address",
      run: async (agent, onWaiting) =>
        await agent.patchContact(
          { ...maria, patch: [{ op: "replace", path: "/email", value: "maria@delgado-catering.example" }] },
          askingFor("Ticket 4412: she signs with another address than the one in the CRM.", onWaiting),
        ),
    },
    {
      title: "Move the contact on to the next stage",
      run: async (agent, onWaiting) =>
        await agent.patchContact(
          { ...maria, patch: [{ op: "replace", path: "/lifecycleStage", value: "MQL" }] },
          askingFor("Ticket 4412: she asked for an offer for her four employees.", onWaiting),
        ),
    },
  ]
}
