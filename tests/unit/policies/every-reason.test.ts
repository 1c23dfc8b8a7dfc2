import { expect, test } from "vitest"
import { decideCall, type CallFacts } from "@/lib/policies/decision"
import { evaluate } from "@/lib/policies/evaluate"
import type { PolicyRule } from "@/lib/policies/policy"
import { compiled, someChange, someFacts } from "../../support/policy-facts"

const codes = ({ reasons }: ReturnType<typeof evaluate>) => reasons.map(({ code }) => code)
const mail = someChange({
  kinds: ["message"],
  messages: 1,
  recipients: ["ana@acme.example", "eve@other.example"],
  recipientDomains: ["acme.example", "other.example"],
  firstContacts: ["eve@other.example"],
  recipientsMax: 2,
})

/** What speaks against a call, by the policy; the call and the rules that say so. */
const faults = [
  ["condition_failed", { name: "a", when: "input.nothing" }],
  ["denied_by_rule", { name: "b", effect: "deny" }],
  ["path_not_allowed", { name: "c", paths: { deny: ["**"] } }],
  ["patch_path_not_allowed", { name: "d", patchPaths: { allow: [] } }],
  ["domain_not_allowed", { name: "e", recipients: { domains: [] } }],
  ["recipient_not_allowed", { name: "f", recipients: { addresses: [] } }],
  ["first_contact_not_allowed", { name: "g", recipients: { firstContact: "deny" } }],
  ["too_many_recipients", { name: "h", recipients: { perMessage: 0 } }],
  ["dry_run_required", { name: "i", dryRun: true }],
] as const satisfies readonly (readonly [string, Partial<PolicyRule>])[]

const everything = someFacts({ change: { ...mail, fields: ["/stage"] } })
const pairs = faults.flatMap((first) => faults.map((second) => [first, second] as const))

test.each(pairs.map(([[a, one], [b, other]]) => [a, b, one, other] as const))(
  "denies for %s and %s, and names both",
  (a, b, one, other) => {
    const { effect, reasons } = evaluate(
      compiled({ name: "open" }, one, { ...other, name: `${other.name}2` }),
      everything,
    )

    expect(effect).toBe("deny")
    expect(new Set(reasons.map(({ code }) => code))).toEqual(new Set([a, b]))
  },
)

const call: CallFacts = {
  tenantId: everything.tenant.tenantId,
  key: { environments: ["prod"], scopes: ["request", "execute"] },
  run: { environment: "prod", status: "open", requestedTools: null },
  call: {
    server: "workspace",
    name: "write_file",
    version: "1.0.0",
    hasChange: true,
    hasIdempotencyKey: true,
  },
  registered: [{ version: "1.0.0", definitionHash: "h", tier: "T2_IRREVERSIBLE_WRITE", status: "active" }],
  allowedInEnvironment: true,
  inputReasons: [],
  tenantIds: [],
}

/** What speaks against it before any policy is asked (SPEC 3.1). */
const earlier = [
  ["run_closed", { run: { ...call.run, status: "closed" } }],
  ["environment_not_allowed", { key: { ...call.key, environments: ["dev"] } }],
  ["tool_not_in_run", { run: { ...call.run, requestedTools: [] } }],
  ["tool_not_registered", { registered: [] }],
  ["tool_not_allowed", { allowedInEnvironment: false }],
  ["tenant_mismatch", { tenantIds: [{ path: "/input/tenantId", value: "ten_other" }] }],
  ["input_schema", { inputReasons: [{ code: "input_schema", message: "no" }] }],
] as const satisfies readonly (readonly [string, Partial<CallFacts>])[]

test.each(earlier.flatMap(([a, spoil]) => faults.map(([b, rule]) => [a, b, spoil, rule] as const)))(
  "denies a call with %s and %s twice over",
  (a, b, spoil, rule) => {
    const before = decideCall({ ...call, ...spoil })
    const after = evaluate(compiled({ name: "open" }, rule), everything)

    expect(before).toMatchObject({ decision: "deny" })
    expect(before.decision === "deny" && before.reasons.map(({ code }) => code)).toContain(a)
    expect(codes(after)).toContain(b)
  },
)
