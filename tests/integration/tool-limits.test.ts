import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { createGuard, type Guard, type ToolResult } from "@deltaseal/guard"
import { sha256Hex, toolHash } from "@deltaseal/guard/change"
import registered from "@/examples/office-server/tools.json"
import { canConfine } from "@/examples/office-server/report"
import { createTools } from "@/examples/office-server/tools"
import { openWorkspace, type WorkspaceFolder } from "@/examples/workspace-server/workspace-folder"
import { runtime } from "@/lib/env/runtime"
import { openRun, readFile } from "../support/calls"
import { putInForce } from "../support/rules"
import { makePerson, startWorld, type World } from "../support/world"

/** The office server's reports, which are of tier T3, with the real guard between them and the real API. */
let world: World
let base: string
let guard: Guard
let files: WorkspaceFolder
let tools: ReturnType<typeof createTools>

const unshare = ["/usr/bin/unshare", "--map-root-user", "--net", "--"]
const tool = registered.tools.find(({ definition }) => definition.name === "run_report")
const programs = ["/usr/bin/wc", "/usr/bin/sleep", "/usr/bin/cat"]
const env = Object.entries({ LANG: "C.UTF-8", PATH: "/usr/bin:/bin" })
  .map(([name, value]) => `{name: ${name}, digest: ${sha256Hex(value)}}`)
  .join(", ")
const command = (name: string, operand: string) =>
  `      - {name: ${name}, argv: [/usr/bin/${name}, "--", ${operand}], env: [${env}]}\n`

const policy = (limits: string) => `rules:
  - name: reports
    effect: tier_default
    commands:
${command("wc", '{pattern: "[a-z. ]+"}')}${command("sleep", '"30"')}${command("cat", "{oneOf: [/proc/net/dev]}")}
limits: {tools: [{server: office, tool: "*"${limits}}]}
`

beforeAll(async () => {
  world = await startWorld()
  const { caller: admin } = await makePerson(world, { role: "admin" })
  const { key, tenantId } = world.ours
  const { definition } = tool ?? {}
  if (definition === undefined) throw new Error("There is no run_report.")
  const { version, server } = registered
  const asked = await key.put(`/api/v1/servers/${server}/tools/run_report`, { version, definition })
  if (asked.status >= 300) throw new Error(asked.text)
  const place = `/api/v1/tenants/${tenantId}`
  const definitionHash = toolHash(definition)
  await admin.post(`${place}/tools/${server}/run_report/${version}/accept`, {
    definitionHash,
    tier: "T3_EXECUTE",
  })
  await admin.put(`${place}/allowances/prod/${server}/run_report`, { patchPaths: null })
})
afterAll(() => world.close())

beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), "deltaseal-office-"))
  for (const folder of ["files", "state"]) await mkdir(path.join(base, folder))
  await writeFile(path.join(base, "files/a.txt"), "one\ntwo\n")
  guard = createGuard({
    url: world.url,
    apiKey: world.demo.tenants[0]?.apiKey ?? "",
    issuer: runtime().config.origin,
    server: { name: "office" },
    run: { environment: "prod", workflow: "office", actor: { agent: "office-agent" } },
    stateDirectory: path.join(base, "state"),
  })
  files = await openWorkspace(path.join(base, "files"), { mayRace: false })
  // Where a machine has no namespaces to give, everything but the empty network is tested all the same.
  const sandbox = (await canConfine(unshare)) ? unshare : ["/usr/bin/env"]
  const settings = { from: "", folder: path.join(base, "files"), programs, sandbox, hookUrl: "" }
  const send = () => Promise.reject(new Error("No mail here."))
  tools = createTools(guard, { settings, files, configs: files, send })
})
afterEach(async () => {
  await guard.close()
  await files.close()
  await rm(base, { recursive: true })
})

const run = (program: string, operand: string) => tools.run_report({ program, operands: [operand] })
const statusOf = ({ _meta }: ToolResult) => (_meta?.["deltaseal/decision"] as { status: string }).status
const textOf = ({ content }: ToolResult) => content.map(({ text }) => text).join("\n")

async function lastEvent(): Promise<any> {
  await guard.close()
  const { rows } = await world.su.query("SELECT run_id FROM run ORDER BY opened_at DESC LIMIT 1")
  const { body } = await world.ours.key.get(`/api/v1/runs/${rows[0].run_id}/events`)
  return body.items.findLast(({ eventType }: any) => eventType.startsWith("execution."))
}

test("a named command runs without asking, without a network, and nothing else does", async () => {
  await putInForce(world, policy(""))

  const counted = await run("wc", "a.txt")
  expect(statusOf(counted), textOf(counted)).toBe("applied")
  expect(textOf(counted)).toContain("2 2 8 a.txt")
  if (await canConfine(unshare)) {
    const devices = textOf(await run("cat", "/proc/net/dev"))
    expect(devices).toContain("lo:")
    expect(devices).not.toContain("eth")
  }
  const asking = world.ours.key.get("/api/v1/approvals?status=pending")
  expect((await asking).body.items).toEqual([])
  expect((await lastEvent()).eventType).toBe("execution.applied")
})

test("a call that takes longer than policy allows is stopped and failed", async () => {
  await putInForce(world, policy(", timeout: 1s"))

  expect(statusOf(await run("sleep", "30"))).toBe("tool_timed_out")
  expect((await lastEvent()).eventType).toBe("execution.failed")
})

test("a body larger than policy allows is refused, and one of that size is not", async () => {
  const ask = async (bytes: number) => {
    const runId = await openRun(world.ours.key)
    const called = JSON.stringify({ runId, tool: readFile, input: { path: "a" } })
    return world.ours.key.post("/api/v1/tool-calls", called + " ".repeat(bytes - called.length))
  }
  await putInForce(world, "rules: [{name: all, effect: tier_default}]\nlimits: {change: {bodyBytes: 1000}}\n")

  expect((await ask(1_000)).status).toBe(200)
  expect(await ask(1_001)).toMatchObject({ status: 413, body: { code: "body_too_large" } })
})

test("output beyond what policy allows is withheld", async () => {
  await putInForce(world, policy(", outputBytes: 20"))

  const result = await run("wc", "a.txt")
  expect(statusOf(result)).toBe("output_too_large")
  expect(textOf(result)).not.toContain("2 2 8 a.txt")
})
