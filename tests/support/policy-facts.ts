import { compilePolicy, type CompiledPolicy } from "@/lib/policies/compile-policy"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import { noChange, type ChangeFacts, type PolicyFacts } from "@/lib/policies/policy-facts"

/** A call of one file change that a policy is asked about. */
export function someFacts(changes: Partial<PolicyFacts> = {}): PolicyFacts {
  return {
    input: { path: "docs/a.md", amount: 12, url: "https://api.acme.example/v1" },
    change: someChange(),
    run: {
      runId: "run_01J00000000000000000000000",
      environment: "prod",
      workflow: "nightly-report",
      step: "publish",
      agent: "agent",
      model: null,
      operatorId: "per_01J00000000000000000000000",
      tainted: false,
      openedAt: Date.UTC(2026, 0, 31, 8),
    },
    tool: { server: "workspace", name: "write_file", version: "1.0.0", tier: "T2_IRREVERSIBLE_WRITE" },
    tenant: { tenantId: "ten_01J00000000000000000000000", name: "Acme" },
    isDryRun: false,
    now: Date.UTC(2026, 0, 31, 9, 30),
    ...changes,
  }
}

export function someChange(changes: Partial<ChangeFacts> = {}): ChangeFacts {
  return {
    ...noChange,
    kinds: ["file"],
    ops: ["update"],
    targets: ["docs/a.md in main"],
    paths: ["docs/a.md"],
    parts: 1,
    files: 1,
    updates: 1,
    added: 2,
    removed: 1,
    bytes: 40,
    ...changes,
  }
}

export function policyOf(...rules: readonly Partial<PolicyRule>[]): PolicyDocument {
  return {
    version: 1,
    rules: rules.map((rule, index) => ({ name: `rule-${index}`, effect: "allow", ...rule })),
  }
}

export function compiled(...rules: readonly Partial<PolicyRule>[]): CompiledPolicy {
  return compilePolicy(policyOf(...rules))
}
