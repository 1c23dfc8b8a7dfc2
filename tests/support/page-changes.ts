/** An update of one file, to be spread into a call. */
export function fileChange(path: string, before: string, after: string): object {
  const target = { workspace: "main", path }
  return { change: { parts: [{ kind: "file", target, before: { text: before }, after: { text: after } }] } }
}

/** A call that moves a contact of the client one stage on. */
export function contactChange(runId: string, tenantId: string): object {
  const patch = [{ op: "replace", path: "/lifecycleStage", value: "MQL" }]
  const target = { system: "crm", type: "contact", id: "c_101" }
  const before = { lifecycleStage: "Lead", owner: "ana", notes: ["Met at the\u00a0fair."] }
  return {
    runId,
    tool: { server: "crm", name: "crm.apply_patch", version: "2026-02-01" },
    input: { tenantId, contactId: "c_101", patch },
    change: { parts: [{ kind: "record", target, before, patch }] },
  }
}
