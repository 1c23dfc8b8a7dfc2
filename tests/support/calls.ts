import type { Caller, Reply } from "./api"
import { newNonce } from "./api"

/** The example tool that writes files, and a change for it. */
export const writeFile = { server: "workspace", name: "write_file", version: "1.4.0" } as const
export const readFile = { server: "workspace", name: "read_file", version: "1.4.0" } as const

export async function openRun(key: Caller, body: object = {}): Promise<string> {
  const reply = await key.post("/api/v1/runs", {
    environment: "prod",
    workflow: "nightly-content",
    actor: { agent: "claude", model: "claude-test" },
    ...body,
  })
  if (reply.status !== 201) throw new Error(reply.text)

  return String(reply.body.runId)
}

/** A write of one file, as a guard would ask for it. */
export function aWrite(runId: string, changes: object = {}): Record<string, unknown> {
  return {
    runId,
    tool: writeFile,
    input: { path: "docs/a.txt", content: "alpha\ngamma\n" },
    change: {
      parts: [
        {
          kind: "file",
          target: { workspace: "main", path: "docs/a.txt" },
          before: { text: "alpha\nbeta\n" },
          after: { text: "alpha\ngamma\n" },
        },
      ],
    },
    reason: "The client asked for it.",
    ...changes,
  }
}

/** Each check of an answer by its name, with what came of it. */
export const resultsOf = (checks: readonly any[]): [string, string][] =>
  checks.map(({ check, result }) => [check, result])

/** What is made before a policy is asked about a call that nothing speaks against. */
export const beforePolicy = [
  "key",
  "run",
  "environment",
  "registered",
  "tier",
  "allowlist",
  "runTools",
  "input",
  "tenantIds",
  "change",
  "idempotencyKey",
].map((check) => [check, "pass"])

export type Pending = { runId: string; approval: any; approvalId: string; changeHash: string }

export async function pendingWrite(key: Caller, changes: object = {}): Promise<Pending> {
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", aWrite(runId, changes))
  if (reply.status !== 202) throw new Error(reply.text)

  const { approval } = reply.body
  return { runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

export async function approve(person: Caller, { approvalId, changeHash }: Pending): Promise<Reply> {
  return person.post(`/api/v1/approvals/${approvalId}/votes`, { decision: "approve", changeHash })
}

export const beforeState = {
  state: "present",
  bytes: 11,
  digest: "e49c81e2d2f84e259d40e2fb8192f3bcd198b355184845d76d8f58807d0d78ee",
  mode: "100644",
} as const

export const afterState = {
  state: "present",
  bytes: 12,
  digest: "17cbbec0b19b84e7729ef8bba7e45944bfa331f56fa873b4e796d1730b8f953f",
  mode: "100644",
} as const

export async function spend(key: Caller, pending: Pending, changes: object = {}): Promise<Reply> {
  return key.post(`/api/v1/approvals/${pending.approvalId}/consume`, {
    runId: pending.runId,
    changeHash: pending.changeHash,
    nonce: newNonce(),
    observed: [beforeState],
    ...changes,
  })
}
