import { expect, test } from "vitest"
import { permitClaims, permitSeconds, type PermitFacts } from "@/lib/permits/permit"

const facts: PermitFacts = {
  executionId: "exec_1",
  tenantId: "ten_1",
  runId: "run_1",
  server: "workspace",
  tool: "write_file",
  toolVersion: "1.4.0",
  definitionHash: "d".repeat(64),
  decision: "approved",
  inputDigest: "i".repeat(64),
  changeHash: "c".repeat(64),
  approvalId: "appr_1",
  policyVersion: 3,
  voters: ["per_1"],
  isDryRun: false,
  egress: [],
  tier: "T2_IRREVERSIBLE_WRITE",
  timeoutSeconds: null,
  outputBytes: null,
}

test("a permit has the claims of SPEC 4.2.5 and no others", () => {
  expect(permitClaims(facts, "https://deltaseal.example", 1_000)).toEqual({
    iss: "https://deltaseal.example",
    aud: "workspace",
    jti: "exec_1",
    tenantId: "ten_1",
    runId: "run_1",
    tool: { server: "workspace", name: "write_file", version: "1.4.0", definition: "d".repeat(64) },
    decision: "approved",
    inputDigest: "i".repeat(64),
    changeHash: "c".repeat(64),
    approvalId: "appr_1",
    policyVersion: 3,
    voters: ["per_1"],
    iat: 1_000,
    exp: 1_060,
  })
})

test("a permit without a change or an approval does not name one", () => {
  const { changeHash: _hash, approvalId: _id, ...without } = facts
  const claims = permitClaims({ ...without, decision: "allow", voters: [] }, "https://deltaseal.example", 0)
  expect(Object.keys(claims)).not.toContain("changeHash")
  expect(Object.keys(claims)).not.toContain("approvalId")
})

test("a permit says what it is bound to, and why nobody was asked", () => {
  const exemption = { kind: "policy", rule: "reports", policyVersion: 3 } as const
  const bound = { ...facts, isDryRun: true, egress: ["https://api.acme.example"], exemption }
  expect(permitClaims(bound, "https://deltaseal.example", 0)).toMatchObject({
    dryRun: true,
    egress: ["https://api.acme.example"],
    exemption,
  })
})

test("a permit hands the guard the limits of the call, and confines what executes", () => {
  const claims = (changes: Partial<PermitFacts>) =>
    permitClaims({ ...facts, timeoutSeconds: 30, outputBytes: 0, ...changes }, "https://deltaseal.example", 0)

  expect(claims({})).toMatchObject({ timeoutSeconds: 30, outputBytes: 0 })
  expect(claims({})).not.toHaveProperty("sandbox")
  expect(claims({ tier: "T3_EXECUTE" })).toMatchObject({ sandbox: true, network: "none" })
  expect(claims({ tier: "T3_EXECUTE", egress: ["https://api.acme.example"] })).toMatchObject({
    sandbox: true,
    network: "egress",
  })
})

test("a permit is good for a minute and no longer", () => {
  expect(permitSeconds).toBe(60)
})
