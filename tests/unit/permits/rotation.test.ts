import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { createPermitVerifier, type ExpectedPermit } from "@/packages/guard/src/permit"
import { afterAll, beforeAll, expect, test } from "vitest"
import { setRuntime } from "@/lib/env/runtime"
import { keptSecrets, problemsWithSecrets, suppliedSecrets, type Secrets } from "@/lib/env/secrets"
import type { PermitFacts } from "@/lib/permits/permit"
import { permitKeys, signPermit } from "@/lib/permits/permits.service"
import { testSecrets } from "@/tests/support/node"

const run = promisify(execFile)
const origin = "https://deltaseal.example"
const facts: PermitFacts = {
  executionId: "exec_1",
  tenantId: "ten_1",
  runId: "run_1",
  server: "workspace",
  tool: "write_file",
  toolVersion: "1.4.0",
  definitionHash: "d".repeat(64),
  decision: "approved",
  inputDigest: "a".repeat(64),
  changeHash: "c".repeat(64),
  approvalId: "appr_1",
  policyVersion: 1,
  voters: ["per_1"],
  isDryRun: false,
  egress: [],
  tier: "T2_IRREVERSIBLE_WRITE",
  timeoutSeconds: null,
  outputBytes: null,
}
const expected: ExpectedPermit = {
  executionId: facts.executionId,
  tenantId: facts.tenantId,
  runId: facts.runId,
  tool: { server: "workspace", name: "write_file", version: "1.4.0", definition: facts.definitionHash },
  inputDigest: facts.inputDigest,
  changeHash: "c".repeat(64),
  approvalId: "appr_1",
  tier: "T2_IRREVERSIBLE_WRITE",
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "deltaseal-rotation-"))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

test("with supplied secrets the new key is known before it signs, and the old one until its permits have ended", async () => {
  const [announced, ...last] = settingsIn(await rotate(testSecrets))
  const before = suppliedSecrets({ ...testSecrets, ...Object.fromEntries([announced ?? ["", ""]]) })
  const after = suppliedSecrets({ ...testSecrets, ...Object.fromEntries(last) })
  expect(after.permitKey.x).not.toBe(before.permitKey.x)

  serveWith(before)
  const permit = await signPermit(facts)
  const oldKeys = await permitKeys()
  serveWith(after)
  const newKeys = await permitKeys()

  for (const keys of [oldKeys, newKeys]) {
    expect(keys.keys).toHaveLength(2)
    expect(JSON.stringify(keys)).not.toContain('"d":')
    expect(await verdictOn(permit, keys)).toBe("approved")
    expect(await verdictOn(await signPermit(facts), keys)).toBe("approved")
  }

  serveWith(after, Date.now() + 62 * 60_000 + 1)
  expect((await permitKeys()).keys.map(({ x }) => x)).toEqual([after.permitKey.x])
  expect(await verdictOn(permit, await permitKeys())).toContain("ERR_JWKS_NO_MATCHING_KEY")
})

test("at once, what the old key signed is void", async () => {
  const { stdout } = await rotate(testSecrets, "--at-once")
  const after = suppliedSecrets({ ...testSecrets, ...Object.fromEntries(settingsIn({ stdout })) })

  serveWith(suppliedSecrets(testSecrets))
  const permit = await signPermit(facts)
  serveWith(after)
  expect(await verdictOn(permit, await permitKeys())).toContain("ERR_JWKS_NO_MATCHING_KEY")
})

test("in a data directory the files are replaced, readable by their owner only, and the next start has both", async () => {
  const first = await keptSecrets(folder)
  serveWith(first)
  const permit = await signPermit(facts)
  await rotate({ DELTASEAL_DATA_DIR: folder })
  const second = await keptSecrets(folder)
  serveWith(second)

  expect(second.keyPepper).toEqual(first.keyPepper)
  expect(await verdictOn(permit, await permitKeys())).toBe("approved")
  expect(await verdictOn(await signPermit(facts), await permitKeys())).toBe("approved")
  for (const name of ["permit-key.json", "other-permit-keys.json"]) {
    expect((await stat(path.join(folder, "secrets", name))).mode & 0o777).toBe(0o600)
  }
  expect(await readFile(path.join(folder, "secrets", "other-permit-keys.json"), "utf8")).not.toContain('"d"')
})

test("other keys that nobody printed are named as wrong", () => {
  expect(problemsWithSecrets({ ...testSecrets, DELTASEAL_OTHER_PERMIT_KEYS: "e30=" })).toEqual([
    ["DELTASEAL_OTHER_PERMIT_KEYS", "must be what rotating the permit key has printed"],
  ])
})

function serveWith(secrets: Secrets, now = Date.now()): void {
  setRuntime({ config: { origin }, secrets, watch: { now: () => now } } as never)
}

async function rotate(env: Readonly<Record<string, string>>, ...options: string[]) {
  return await run(process.execPath, ["scripts/secrets.mjs", "rotate-permit-key", ...options], {
    env: { PATH: process.env["PATH"] ?? "", ...env } as unknown as NodeJS.ProcessEnv,
  })
}

function settingsIn({ stdout }: Readonly<{ stdout: string }>): [string, string][] {
  return [...stdout.matchAll(/^(DELTASEAL_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value])
}

/** What a guard that has just started says. */
async function verdictOn(permit: string, keys: Awaited<ReturnType<typeof permitKeys>>): Promise<string> {
  const verifier = createPermitVerifier({
    issuer: origin,
    audience: "workspace",
    origin,
    keys: { keys: keys.keys },
  })
  return await verifier.verify(permit, expected).then(
    ({ decision }) => decision,
    (error: unknown) => String(error),
  )
}
