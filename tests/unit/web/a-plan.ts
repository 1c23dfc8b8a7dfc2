import { sha256Hex } from "@deltaseal/guard/change"
import type { PlanCall, ReviewedPlan } from "@/components/plans/reviewed-plan"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { diffFile } from "@/lib/changes/file-diff"

const present = { state: "present", bytes: 12, digest: "a".repeat(64), mode: "100644" } as const

/** A call that would write one file. */
export function aCall(number: number, path: string, changes: Partial<ApprovalView> = {}): PlanCall {
  const { text } = diffFile({
    path,
    before: contentOf("one\ntwo\n"),
    after: contentOf(`one\ncall ${number}\n`),
    workMax: 1e6,
  })
  const approval: ApprovalView = {
    approvalId: `appr_${number}`,
    runId: "run_1",
    tenantId: "ten_1",
    tenantName: "Acme Dental",
    callId: `call_${number}`,
    server: "workspace",
    tool: "write_file",
    toolVersion: "1.4.0",
    tier: "T2_IRREVERSIBLE_WRITE",
    diff: { type: "unified", preview: text },
    changeHash: String(number).repeat(64),
    envelope: {} as ApprovalView["envelope"],
    sentence: `Updates ${path} in workspace main`,
    effects: [`${number} line changes`],
    flags: [],
    parts: [
      {
        kind: "file",
        op: "update",
        target: { workspace: "main", path },
        before: present,
        after: { ...present, digest: "c".repeat(64) },
        added: 1,
        removed: 1,
        hiddenCharacters: 0,
        flags: [],
      },
    ],
    policyVersion: 3,
    version: 1,
    run: { environment: "prod", workflow: "website-care", step: null, status: "open" },
    requestedBy: {
      actor: "claude",
      model: null,
      keyId: "key_1",
      keyPrefix: "dsl_live_1",
      keyOwnerId: "per_1",
    },
    reason: null,
    input: { sha256: "b".repeat(64) },
    requestedAt: "2026-11-22T13:00:00Z",
    expiresAt: "2026-11-22T14:00:00Z",
    useBy: null,
    decidedAt: null,
    status: "pending",
    endedBecause: null,
    planId: "plan_1",
    derivedFrom: null,
    derivedAs: null,
    carriedVotes: null,
    breakGlass: null,
    stepUpRequired: false,
    selfReviewAllowed: false,
    votes: [],
    required: [{ group: "reviewers", count: 1 }],
    matchedRule: "prod writes",
    checks: [],
    isDryRun: false,
    reasonRequired: false,
    useWithinSeconds: 1_800,
    reviewUrl: `https://deltaseal.example/approvals/appr_${number}`,
    execution: null,
    ...changes,
  }

  return { number, approval, input: `{"path":"${path}"}`, pinnedAt: "2026-11-03T08:00:00Z" }
}

function contentOf(text: string) {
  return { bytes: new TextEncoder().encode(text), digest: sha256Hex(text), mode: "100644" as const }
}

/** A plan's page with these calls. */
export function aPlan(calls: readonly PlanCall[], changes: Partial<ReviewedPlan["plan"]> = {}): ReviewedPlan {
  return {
    plan: {
      planId: "plan_1",
      runId: "run_1",
      planHash: "415c0b97".padEnd(64, "0"),
      status: "pending",
      reason: "Ticket 4411.",
      createdAt: "2026-11-22T13:00:00Z",
      expiresAt: "2026-11-22T14:00:00Z",
      useWithinSeconds: 1_800,
      free: [],
      tenantId: "ten_1",
      items: [],
      reviewUrl: "https://deltaseal.example/plans/plan_1",
      ...changes,
    },
    calls,
    hashWords: ["amber", "river", "onion", "falcon"],
    viewer: { mayVoteOn: calls.map(({ approval }) => approval.approvalId), whyNot: null, edited: null },
    quorum: null,
    isSelfReview: false,
    nextPath: null,
  }
}
