import { expect, test } from "vitest"
import { decideCall, type CallFacts } from "@/lib/policies/decision"

const tenantId = "ten_01J00000000000000000000000"

/** A call that nothing speaks against. */
const fine: CallFacts = {
  tenantId,
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
  tenantIds: [{ path: "/input/tenantId", value: tenantId }],
}

type Fault = Readonly<{ code: string; spoil: (facts: CallFacts) => CallFacts }>

const tool = (facts: CallFacts, changes: object): CallFacts => ({
  ...facts,
  registered: facts.registered.map((known) => ({ ...known, ...changes })),
})

/** Each way in which a call is wrong, in the order in which reasons are given. */
const forbidden: readonly Fault[] = [
  { code: "run_closed", spoil: (facts) => ({ ...facts, run: { ...facts.run, status: "closed" } }) },
  {
    code: "environment_not_allowed",
    spoil: (facts) => ({ ...facts, key: { ...facts.key, environments: ["dev"] } }),
  },
  { code: "tool_suspended", spoil: (facts) => tool(facts, { status: "suspended" }) },
  { code: "tier_unassigned", spoil: (facts) => tool(facts, { tier: null }) },
  { code: "tool_not_allowed", spoil: (facts) => ({ ...facts, allowedInEnvironment: false }) },
  {
    code: "tool_not_in_run",
    spoil: (facts) => ({ ...facts, run: { ...facts.run, requestedTools: ["workspace/write_file2"] } }),
  },
  {
    code: "tenant_mismatch",
    spoil: (facts) => ({ ...facts, tenantIds: [{ path: "/input/tenantId", value: "ten_other" }] }),
  },
]

const invalid: readonly Fault[] = [
  {
    code: "input_schema",
    spoil: (facts) => ({ ...facts, inputReasons: [{ code: "input_schema", message: "no", path: "/input" }] }),
  },
  {
    code: "change_required",
    spoil: (facts) => ({ ...facts, call: { ...facts.call, hasChange: false } }),
  },
]

const keyless: Fault = {
  code: "idempotency_key_required",
  spoil: (facts) => ({ ...facts, call: { ...facts.call, hasIdempotencyKey: false } }),
}

const faults = [...forbidden, ...invalid]

/** The check that each of them fails, in the order of the checks. */
const checkOf: Readonly<Record<string, string>> = {
  run_closed: "run",
  environment_not_allowed: "environment",
  tool_suspended: "registered",
  tier_unassigned: "tier",
  tool_not_allowed: "allowlist",
  tool_not_in_run: "runTools",
  input_schema: "input",
  tenant_mismatch: "tenantIds",
  change_required: "change",
  idempotency_key_required: "idempotencyKey",
}
const checkNames = ["key", ...Object.values(checkOf)]
const codesOf = (facts: CallFacts) => {
  const decided = decideCall(facts)
  return decided.decision === "deny"
    ? { code: decided.code, reasons: decided.reasons.map(({ code }) => code) }
    : decided.decision
}

test("a call that nothing speaks against waits for one reviewer", () => {
  expect(decideCall(fine)).toEqual({
    decision: "pending",
    tool: { definitionHash: "h", tier: "T2_IRREVERSIBLE_WRITE" },
    required: [{ group: "reviewers", count: 1 }],
    checks: checkNames.map((check) => ({ check, rule: null, result: "pass", message: "" })),
  })
})

test.each(forbidden.map((fault) => [fault.code, fault] as const))(
  "%s alone denies as policy",
  (code, { spoil }) => {
    expect(codesOf(spoil(fine))).toEqual({ code: "policy_denied", reasons: [code] })
  },
)

test.each(invalid.map((fault) => [fault.code, fault] as const))(
  "%s alone denies as input",
  (code, { spoil }) => {
    expect(codesOf(spoil(fine))).toEqual({ code: "invalid_input", reasons: [code] })
  },
)

test("a call of an irreversible tool without a key of its own is refused as that, but for what is worse", () => {
  expect(codesOf(keyless.spoil(fine))).toEqual({ code: keyless.code, reasons: [keyless.code] })
  for (const [index, { code, spoil }] of faults.entries()) {
    const worse = index < forbidden.length ? "policy_denied" : "invalid_input"
    const isUnknowable = code === "tier_unassigned"
    expect(codesOf(keyless.spoil(spoil(fine)))).toEqual({
      code: worse,
      reasons: isUnknowable ? [code] : [code, keyless.code],
    })
  }
  for (const tier of ["T0_READ", "T1_REVERSIBLE_WRITE"]) {
    expect(codesOf(tool(keyless.spoil(fine), { tier }))).toBe("allow")
  }
})

test.each([
  ["no version of it", [], "tool_not_registered"],
  [
    "another version of it",
    [{ version: "2.0.0", definitionHash: "h", tier: "T0_READ", status: "active" }],
    "tool_version_unknown",
  ],
] as const)("a tool of which the tenant has %s is denied", (_, registered, code) => {
  expect(codesOf({ ...fine, registered })).toEqual({ code: "policy_denied", reasons: [code] })
})

const pairs = faults.flatMap((first, at) => faults.slice(at + 1).map((second) => [first, second] as const))

test.each(pairs.map(([first, second]) => [first.code, second.code, first, second] as const))(
  "%s and %s are both named, and the worse class decides",
  (_first, _second, first, second) => {
    const bothNamed = codesOf(second.spoil(first.spoil(fine)))
    // Without a tier nobody knows whether the tier needs a change.
    const isUnknowable = first.code === "tier_unassigned" && second.code === "change_required"

    expect(bothNamed).toEqual({
      code: forbidden.includes(first) ? "policy_denied" : "invalid_input",
      reasons: isUnknowable ? [first.code] : [first.code, second.code],
    })
  },
)

test("a call with every fault names them all", () => {
  const worst = [...faults].reverse().reduce((facts, { spoil }) => spoil(facts), fine)
  expect(codesOf(worst)).toEqual({
    code: "policy_denied",
    reasons: [...forbidden.map(({ code }) => code), "input_schema"],
  })
})

test("a check that could not be made refuses the call", () => {
  expect(codesOf({ ...fine, inputReasons: null })).toEqual({
    code: "policy_denied",
    reasons: ["not_checkable"],
  })
  const read = tool(fine, { tier: "T0_READ" })
  expect(codesOf({ ...read, inputReasons: null })).toEqual({
    code: "policy_denied",
    reasons: ["not_checkable"],
  })
})

test.each([
  ["T0_READ", true, "allow"],
  ["T0_READ", false, "allow"],
  ["T1_REVERSIBLE_WRITE", true, "allow"],
  ["T1_REVERSIBLE_WRITE", false, "deny"],
  ["T2_IRREVERSIBLE_WRITE", true, "pending"],
  ["T2_IRREVERSIBLE_WRITE", false, "deny"],
  ["T3_EXECUTE", true, "pending"],
  ["T3_EXECUTE", false, "deny"],
  ["T4_IDENTITY_MONEY_OUTBOUND", true, "pending"],
  ["T4_IDENTITY_MONEY_OUTBOUND", false, "deny"],
])("tier %s with a change (%s) is %s", (tier, hasChange, decision) => {
  const facts = tool({ ...fine, call: { ...fine.call, hasChange } }, { tier })
  expect(decideCall(facts).decision).toBe(decision)
})

test.each([...faults, keyless])("of all checks just one fails for $code", ({ code, spoil }) => {
  const decided = decideCall(spoil(fine))
  if (decided.decision !== "deny") throw new Error("It was let through.")
  const failed = decided.checks.filter(({ result }) => result !== "pass")

  expect(failed).toEqual([{ check: checkOf[code], rule: null, result: "fail", message: expect.any(String) }])
  expect(decided.checks.map(({ check }) => check)).toEqual(checkNames)
})

test("what could not be checked says so, and passes nothing", () => {
  const decided = decideCall({ ...fine, registered: [], inputReasons: null })
  const open = decided.decision === "deny" ? decided.checks.filter(({ result }) => result !== "pass") : []

  expect(open.map(({ check, result }) => [check, result])).toEqual([
    ["registered", "fail"],
    ["tier", "error"],
    ["allowlist", "error"],
    ["input", "error"],
    ["change", "error"],
    ["idempotencyKey", "error"],
  ])
})

test("a run's list of tools is matched by server and name whole", () => {
  const inRun = (requestedTools: string[]) => codesOf({ ...fine, run: { ...fine.run, requestedTools } })
  expect(inRun(["workspace/write_file"])).toBe("pending")
  for (const other of [
    "write_file",
    "workspace/write",
    "workspace/write_file/",
    "Workspace/write_file",
    "*",
  ]) {
    expect(inRun([other])).toEqual({ code: "policy_denied", reasons: ["tool_not_in_run"] })
  }
  expect(inRun([])).toEqual({ code: "policy_denied", reasons: ["tool_not_in_run"] })
})
