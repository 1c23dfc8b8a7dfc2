import { exportJWK, generateKeyPair, type JWTPayload } from "jose"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import {
  anotherKey,
  approve,
  startSmallServer,
  writeFileTool,
  type SmallServer,
} from "./support/small-server.ts"
import { after, aGuard, aWorkspace, before, textOf, type Workspace } from "./support/workspace.ts"

let server: SmallServer
let workspace: Workspace

beforeEach(async () => {
  server = await startSmallServer()
  workspace = await aWorkspace()
  server.state.onPoll = approve
})
afterEach(async () => {
  await server.stop()
  await workspace.remove()
})

const input = { path: "a.txt", content: after }
const call = () =>
  aGuard(server, workspace).guard(writeFileTool, { ...workspace.handlers, sandbox: () => true })(input)

test("a key that is new since the keys were fetched is fetched, once the last fetch is a while ago", async () => {
  const { guard } = aGuard(server, workspace)
  const tool = guard(writeFileTool, workspace.handlers)
  expect((await tool(input)).isError).toBeUndefined()
  const { publicKey, privateKey } = await generateKeyPair("EdDSA")
  server.state.keys.push({ ...(await exportJWK(publicKey)), kid: "key-2" })
  server.state.signingKey = privateKey
  server.state.keyId = "key-2"
  await workspace.write(before)

  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 })
  try {
    expect(textOf(await tool(input))).not.toContain("permit is refused")
    expect(await workspace.read()).toBe(after)
  } finally {
    vi.useRealTimers()
  }
  expect(server.requestsTo("jwks.json")).toHaveLength(2)
})

describe("a permit is refused and nothing is changed when", () => {
  test.each([
    ["it is for another server", { aud: "mail" }],
    ["it is for another run", { runId: "run_01J00000000000000000000001" }],
    ["it is for another tenant", { tenantId: "ten_01J00000000000000000000001" }],
    ["it is for another change", { changeHash: "0".repeat(64) }],
    ["it is for another input", { inputDigest: "0".repeat(64) }],
    ["it is for another approval", { approvalId: "appr_other" }],
    ["it is for another execution", { jti: "exec_other" }],
    [
      "it is for another tool",
      { tool: { server: "workspace", name: "other", version: "1.4.0", definition: "0".repeat(64) } },
    ],
    ["it is only an allowance", { decision: "allow" }],
    ["another server issued it", { iss: "https://deltaseal.example" }],
    ["it has expired", { iat: 1_700_000_000, exp: 1_700_000_060 }],
    ["it lives for an hour", { exp: Math.floor(Date.now() / 1000) + 3600 }],
    ["it never expires", { exp: undefined }],
  ])("%s", async (_, claims) => {
    server.state.bend = (permit) => ({ ...permit, ...claims }) as JWTPayload
    await expectRefusedPermit()
  })

  test("another key signed it", async () => {
    server.state.signingKey = await anotherKey()
    await expectRefusedPermit()
  })

  test("no key signed it", async () => {
    server.state.intercept = ({ path }) => {
      const approval = [...server.state.approvals.values()][0]
      if (!path.endsWith("/consume") || approval === undefined) return undefined
      const header = Buffer.from('{"alg":"none","kid":"key-1"}').toString("base64url")
      const claims = Buffer.from(JSON.stringify({ approvalId: approval.approvalId })).toString("base64url")
      return {
        status: 200,
        body: { executionId: "exec_1", permit: `${header}.${claims}.`, replayed: false, proof: null },
      }
    }
    await expectRefusedPermit()
  })

  test("a listed key of another kind signed it", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256")
    server.state.keys.push({ ...(await exportJWK(publicKey)), kid: "key-ec" })
    server.state.signingKey = privateKey
    server.state.algorithm = "ES256"
    server.state.keyId = "key-ec"
    await expectRefusedPermit()
  })

  test("its key is unknown, and the keys are not asked for again and again", async () => {
    server.state.keyId = "key-2"
    const { guard } = aGuard(server, workspace)
    const tool = guard(writeFileTool, workspace.handlers)
    for (let i = 0; i < 5; i++) expect(textOf(await tool(input))).toContain("permit is refused")
    expect(server.requestsTo("jwks.json").length).toBeLessThanOrEqual(2)
  })

  test("it was used before", async () => {
    server.state.decision = "allow"
    server.state.tier = "T1_REVERSIBLE_WRITE"
    const tool = aGuard(server, workspace).guard(writeFileTool, workspace.handlers)
    expect((await tool(input)).isError).toBeUndefined()

    const allowance = server.state.allowances[0] ?? null
    await workspace.write(before)
    server.state.intercept = ({ path }) => {
      if (!path.endsWith("tool-calls")) return undefined
      return { status: 200, body: allowance }
    }
    expect(textOf(await tool(input))).toContain("it was used before")
    expect(await workspace.read()).toBe(before)
  })

  test.each(["T2_IRREVERSIBLE_WRITE", "T3_EXECUTE", "T4_IDENTITY_MONEY_OUTBOUND"])(
    "%s is allowed without anyone asked",
    async (tier) => {
      server.state.decision = "allow"
      server.state.tier = tier
      await expectRefusedPermit()
      server.state.bend = (permit) => ({ ...permit, exemption: { kind: "grant", grantId: "grant_1" } })
      expect((await call()).isError).toBeUndefined()
    },
  )

  test.each([
    ["a word", "grant"],
    ["true", true],
    ["a kind we do not know", { kind: "because", name: "x" }],
    ["a policy without its rule", { kind: "policy" }],
    ["a grant without its id", { kind: "grant", grantId: "" }],
    ["a plan without its id", { kind: "plan", planId: 7 }],
    ["a subcommand without its name", { kind: "subcommand" }],
  ])("%s is its exemption", async (_, exemption) => {
    server.state.decision = "allow"
    server.state.bend = (permit) => ({ ...permit, exemption })
    await expectRefusedPermit()
  })

  test.each([
    ["its dry run is a word", { dryRun: "no" }],
    ["its egress is no list of origins", { egress: "https://api.acme.example" }],
    ["its sandbox is a word", { sandbox: "yes" }],
    ["its sandbox has a network that we do not know", { sandbox: true, network: "host" }],
    ["its time is no number", { timeoutSeconds: "30" }],
    ["its time is none", { timeoutSeconds: 0 }],
    ["its output is a fraction", { outputBytes: 0.5 }],
    [
      "it exempts a subcommand of a tool that executes nothing",
      { exemption: { kind: "subcommand", name: "a" } },
    ],
  ])("%s", async (_, claims) => {
    server.state.bend = (permit) => ({ ...permit, ...claims })
    await expectRefusedPermit()
  })

  async function expectRefusedPermit(): Promise<void> {
    const result = await call()
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/permit is refused[^]*Nothing was changed\./)
    expect(await workspace.read()).toBe(before)
  }
})

test.each([
  [
    "policy",
    { kind: "policy", rule: "prod-writes", policyVersion: 7 },
    { kind: "policy", rule: "prod-writes" },
  ],
  ["plan", { kind: "plan", planId: "plan_1" }, { kind: "plan", planId: "plan_1" }],
  ["subcommand", { kind: "subcommand", name: "lint" }, { kind: "subcommand", name: "lint" }],
])("the terms of a permit exempted by a %s reach the tool", async (_, exemption, read) => {
  server.state.decision = "allow"
  server.state.tier = "T3_EXECUTE"
  const egress = ["https://api.acme.example"]
  server.state.bend = (permit) => ({ ...permit, exemption, egress })
  let terms: unknown
  const result = await aGuard(server, workspace).guard(writeFileTool, {
    ...workspace.handlers,
    sandbox: () => true,
    apply: async (change) => {
      terms = { exemption: change.exemption, dryRun: change.dryRun, egress: change.egress }
      await workspace.handlers.apply(change)
    },
  })(input)

  expect(result.isError).toBeUndefined()
  expect(terms).toEqual({ exemption: read, dryRun: false, egress })
})
