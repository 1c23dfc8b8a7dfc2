import { environments, tiers } from "@/lib/tools/tool"
import { approvalStatuses, type ApprovalStatus } from "./approval"
import type { ApprovalSummary } from "./approval.schema"
import { plainStages } from "./step-up"

/** An approval row with what its summary is made from. */
export type SummarySource = Readonly<{
  tenantId: string
  approvalId: string
  runId: string
  status: string
  version: number
  planId: string | null
  changeHash: string
  required: unknown
  requestedAt: Date
  expiresAt: Date
  useBy: Date | null
  decidedAt: Date | null
  votes: readonly Readonly<{ personId: string; decision: string }>[]
  /** When each break-glass of it was confirmed. */
  broken: readonly Readonly<{ endedAt: Date | null }>[]
  call: Readonly<{
    server: string
    name: string
    version: string
    tier: string | null
    change: Readonly<{
      sentence: string
      effects: string[]
      flags: string[]
      parts: readonly Readonly<{ added: number; removed: number; hiddenCharacters: number }>[]
    }> | null
    run: Readonly<{
      environment: string
      workflow: string
      step: string | null
      status: string
      operatorId: string
      tenant: Readonly<{ name: string }>
      key: Readonly<{ ownerId: string; createdById: string }>
    }>
  }>
}>

/** What the inbox shows of an approval. */
export function toSummary(row: SummarySource, origin: string, now: Date): ApprovalSummary {
  const { run, change } = row.call
  const parts = change?.parts ?? []

  return {
    approvalId: row.approvalId,
    runId: row.runId,
    tenantId: row.tenantId,
    tenantName: run.tenant.name,
    server: row.call.server,
    tool: row.call.name,
    toolVersion: row.call.version,
    tier: tiers.find((tier) => tier === row.call.tier) ?? "T4_IDENTITY_MONEY_OUTBOUND",
    sentence: change?.sentence ?? "",
    effects: change?.effects ?? [],
    flags: change?.flags ?? [],
    changeHash: row.changeHash,
    run: {
      environment: environments.find((name) => name === run.environment) ?? "prod",
      workflow: run.workflow,
      step: run.step,
      status: run.status === "open" ? "open" : "closed",
    },
    requestedAt: row.requestedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
    status: statusAt(row, now),
    version: row.version,
    planId: row.planId,
    required: plainStages(row.required as ApprovalSummary["required"]),
    reviewUrl: `${origin}/approvals/${row.approvalId}`,
    added: parts.reduce((sum, part) => sum + part.added, 0),
    removed: parts.reduce((sum, part) => sum + part.removed, 0),
    approvals: row.votes.filter(({ decision }) => decision === "approve").length,
    // The decision that stands is that of the break-glass when both have the very same time.
    isBreakGlass: row.broken.some(({ endedAt }) => endedAt?.getTime() === row.decidedAt?.getTime()),
  }
}

export type StoredStatus = Readonly<{ status: string; expiresAt: Date; useBy: Date | null }>

/** The same rule as `approval_status_now` in the migrations. */
export function statusAt({ status, expiresAt, useBy }: StoredStatus, now: Date): ApprovalStatus {
  const known = approvalStatuses.find((candidate) => candidate === status) ?? "expired"
  if (known === "pending" && expiresAt <= now) return "expired"
  if (known === "approved" && useBy !== null && useBy <= now) return "expired"

  return known
}
