import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { openRun } from "../support/calls"
import { anOutcome, report } from "../support/deciding"
import { askFor, askedTiers, said, type Asked } from "../support/policy-calls"
import { permitIn, putInForce } from "../support/rules"
import { config, file, message, record } from "../support/sized"
import { makeTool, startWorld, type World } from "../support/world"

/** Every member of the policy language through the real API: what it lets through, and what it keeps. */

let world: World
let key: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  for (const [name, tier] of Object.entries(askedTiers)) await makeTool(world, { name, tier })
})
afterAll(() => world.close())
beforeEach(() => world.su.query("DELETE FROM limit_slot"))

const ask = (asked: Asked = {}) => askFor(key, asked)
const fileAt = (path: string) => ({ parts: [file({ target: { workspace: "main", path } })] })
const recordTo = (after: object) => ({ parts: [record({ before: { a: 1, b: 1 }, after })] })
const mailTo = (...addresses: readonly string[]): Asked => ({
  parts: [message({ recipients: addresses.map((address) => ({ role: "to", address })) })],
})
const sendTo = (address: string): Asked => ({ ...mailTo(address), tool: "send" })
const rule = (more: string, effect = "allow") => `rules: [{name: all, effect: ${effect}, ${more}}]\n`
const limited = (limits: string, effect = "allow") => `${rule("dryRun: false", effect)}limits: {${limits}}\n`

test.each<[member: string, policy: string, passes: Asked, other: Asked, kept: string]>([
  ["match.tool", rule("match: {tool: [write]}"), {}, { tool: "read", parts: [] }, "no_rule_matches"],
  ["match.tier", rule("match: {tier: [T2]}"), {}, { tool: "read", parts: [] }, "no_rule_matches"],
  [
    "match.environment",
    rule("match: {environment: [prod]}"),
    {},
    { run: { environment: "dev" } },
    "no_rule_matches",
  ],
  [
    "match.workflow",
    rule("match: {workflow: [nightly-*]}"),
    {},
    { run: { workflow: "daily" } },
    "no_rule_matches",
  ],
  ["match.step", rule("match: {step: [publish]}"), { run: { step: "publish" } }, {}, "no_rule_matches"],
  ["when", rule("when: change.parts == 1"), {}, { parts: [file(), file()] }, "no_rule_matches"],
  ["paths.allow", rule("paths: {allow: [docs/**]}"), fileAt("docs/a"), fileAt("src/a"), "path_not_allowed"],
  [
    "paths.deny",
    rule("paths: {deny: ['**/.env']}"),
    fileAt("docs/a"),
    fileAt("docs/.env"),
    "path_not_allowed",
  ],
  [
    "patchPaths.allow",
    rule("patchPaths: {allow: [/a]}"),
    recordTo({ a: 2, b: 1 }),
    recordTo({ a: 1, b: 2 }),
    "patch_path_not_allowed",
  ],
  [
    "patchPaths.deny",
    rule("patchPaths: {deny: [/b]}"),
    recordTo({ a: 2, b: 1 }),
    recordTo({ a: 1, b: 2 }),
    "patch_path_not_allowed",
  ],
  [
    "recipients.addresses",
    rule("recipients: {addresses: [bo@a.example]}"),
    mailTo("BO@a.example"),
    mailTo("cy@a.example"),
    "recipient_not_allowed",
  ],
  [
    "recipients.domains",
    rule("recipients: {domains: [a.example]}"),
    mailTo("cy@a.example"),
    mailTo("cy@b.example"),
    "domain_not_allowed",
  ],
  [
    "recipients.perMessage",
    rule("recipients: {perMessage: 1}"),
    mailTo("a@a.example"),
    mailTo("a@a.example", "b@a.example"),
    "too_many_recipients",
  ],
  [
    "configFeatures",
    rule("configFeatures: [anchors]"),
    { parts: [config("yaml", "a: &x 1\nb: *x\n")] },
    { parts: [config("yaml", "a: !!str 1\n")] },
    "ambiguous_config",
  ],
  ["dryRun", rule("dryRun: true"), { isDryRun: true }, {}, "dry_run_required"],
  [
    "live",
    rule("live: true, match: {tool: [send]}, when: 'change.files == 1'"),
    { tool: "send" },
    { tool: "send", parts: [file(), file()] },
    "no_rule_matches",
  ],
  [
    "recipients of T4",
    rule("live: true, recipients: {domains: [a.example]}"),
    sendTo("a@a.example"),
    sendTo("a@b.example"),
    "domain_not_allowed",
  ],
  [
    "limits.change.parts",
    limited("change: {parts: 2}"),
    { parts: [file(), file()] },
    { parts: [file(), file(), file()] },
    "too_many_parts",
  ],
  [
    "limits.change.contentBytes of an after",
    limited("change: {contentBytes: 9}"),
    { parts: [file({ after: { text: "x".repeat(9) } })] },
    { parts: [file({ after: { text: "x".repeat(10) } })] },
    "content_too_large",
  ],
  [
    "limits.change.contentBytes of a before",
    limited("change: {contentBytes: 9}"),
    { parts: [file({ before: { text: "x".repeat(9) } })] },
    { parts: [file({ before: { text: "x".repeat(10) } })] },
    "content_too_large",
  ],
  [
    "limits.change.contentBytes of a config",
    limited("change: {contentBytes: 9}"),
    { parts: [config("json", '"xxxxxxx"')] },
    { parts: [config("json", '"xxxxxxxx"')] },
    "content_too_large",
  ],
  [
    "limits.tenant.recipientsPerMessage",
    limited("tenant: {recipientsPerMessage: 1}"),
    mailTo("a@a.example"),
    mailTo("a@a.example", "b@a.example"),
    "too_many_recipients",
  ],
])("%s", async (_, policy, passes, other, kept) => {
  await putInForce(world, policy)
  const allowed = await ask(passes)
  expect(said(allowed), allowed.text).toBe("allowed")
  expect(said(await ask(other))).toBe(kept)
})

test("match.server", async () => {
  await putInForce(world, rule("match: {server: [work*]}"))
  expect(said(await ask())).toBe("allowed")
  await putInForce(world, rule("match: {server: [crm]}"))
  expect(said(await ask())).toBe("no_rule_matches")
})

describe("effects", () => {
  test.each([
    ["allow", "read", "allowed"],
    ["allow", "write", "allowed"],
    ["deny", "write", "denied_by_rule"],
    ["require_approval", "write", "asked"],
    ["tier_default", "read", "allowed"],
    ["tier_default", "write", "asked"],
  ] as const)("%s: a call of %s is %s", async (effect, tool, expected) => {
    await putInForce(world, rule("dryRun: false", effect))
    expect(said(await ask({ tool }))).toBe(expected)
  })
})

describe("tier T4", () => {
  test("is only tried where nobody has published anything, and says what to publish", async () => {
    await world.su.query("UPDATE tenant SET policy_version = 1 WHERE tenant_id = $1", [world.ours.tenantId])
    const refused = await ask({ tool: "send" })
    expect(said(refused)).toBe("dry_run_required")
    expect(refused.body.reasons[0].message).toContain('"live: true"')
    expect(said(await ask({ tool: "send", isDryRun: true }))).toBe("asked")
    const last = await world.su.query<{ version: number }>(
      "SELECT max(version) AS version FROM policy_version WHERE tenant_id = $1",
      [world.ours.tenantId],
    )
    await world.su.query("UPDATE tenant SET policy_version = $2 WHERE tenant_id = $1", [
      world.ours.tenantId,
      last.rows[0]?.version ?? 1,
    ])
  })

  test("sends nothing without a list of recipients, and says so", async () => {
    await putInForce(world, rule("live: true"))
    const refused = await ask(sendTo("a@a.example"))
    expect(said(refused)).toBe("recipient_list_required")
    expect(refused.body.reasons[0].message).toContain("recipients: { domains:")
    expect(said(await ask({ ...sendTo("a@a.example"), isDryRun: true }))).toBe("recipient_list_required")
  })
})

test("recipients.firstContact: only those who were sent to before", async () => {
  await putInForce(world, rule("dryRun: false"))
  const { body } = await ask(mailTo("known@a.example"))
  const { rows } = await world.su.query<{ after: unknown }>(
    "SELECT after_state AS after FROM change_part WHERE call_id = $1",
    [body.callId],
  )
  const observedAfter = rows.map(({ after }) => after)
  const told = await report(key, String(body.executionId), { ...anOutcome, observedAfter })
  expect(told.status, told.text).toBe(200)

  await putInForce(world, rule("recipients: {firstContact: deny}"))
  expect(said(await ask(mailTo("known@a.example")))).toBe("allowed")
  expect(said(await ask(mailTo("new@a.example")))).toBe("first_contact_not_allowed")
})

test("egress: what the permit tells the guard", async () => {
  await putInForce(world, rule("egress: ['https://api.acme.example']"))
  expect(permitIn(await ask())).toMatchObject({ egress: ["https://api.acme.example"] })
  await putInForce(world, rule("dryRun: false"))
  expect(permitIn(await ask())).not.toHaveProperty("egress")
})

test.each([
  ["ignore", "allowed"],
  ["require_approval", "asked"],
  ["deny", "run_tainted"],
])("taints and tainted: %s", async (tainted, expected) => {
  await putInForce(
    world,
    `tainted: ${tainted}\nrules: [{name: all, effect: allow}, {name: pages, match: {tool: [read]}, effect: allow, taints: true}]\n`,
  )
  const runId = await openRun(key)
  expect(said(await ask({ runId }))).toBe("allowed")
  expect(said(await ask({ runId, tool: "read", parts: [] }))).toBe("allowed")
  expect(said(await ask({ runId }))).toBe(expected)
  expect(said(await ask({ runId, tool: "read", parts: [] }))).toBe("allowed")
})

describe("limits of", () => {
  const second = async (limits: string, first: Asked, next: Asked, effect = "allow") => {
    await putInForce(world, limited(limits, effect))
    const runId = await openRun(key)
    expect(said(await ask({ ...first, runId }))).toBe(effect === "allow" ? "allowed" : "asked")
    return ask({ ...next, runId })
  }

  test.each<[string, string, Asked, Asked]>([
    ["run.toolCalls", "run: {toolCalls: 1}", {}, { tool: "read", parts: [] }],
    ["run.writes", "run: {writes: 1}", {}, {}],
    ["tools.perMinute", "tools: [{server: '*', tool: write, perMinute: 1}]", {}, {}],
    ["tenant.messagesPerDay", "tenant: {messagesPerDay: 1}", mailTo("a@a.example"), mailTo("a@a.example")],
  ])("%s", async (name, limits, first, next) => {
    expect(await second(limits, first, next)).toMatchObject({
      status: 429,
      body: { code: "limit_exceeded", detail: expect.stringContaining(name) as string },
    })
  })

  test("tenant.pendingApprovals", async () => {
    const refused = await second("tenant: {pendingApprovals: 1}", {}, {}, "require_approval")
    expect(refused.body.detail).toContain("tenant.pendingApprovals")
  })

  test("run.wallTime", async () => {
    await putInForce(world, limited("run: {wallTime: 1h}"))
    const runId = await openRun(key)
    expect(said(await ask({ runId }))).toBe("allowed")
    await world.su.query("UPDATE run SET opened_at = opened_at - interval '61 minutes' WHERE run_id = $1", [
      runId,
    ])
    expect(said(await ask({ runId }))).toBe("limit_exceeded")
  })

  test.each(["outputBytes", "tokens"])("run.%s", async (name) => {
    await putInForce(world, limited(`run: {${name}: 10}`))
    const runId = await openRun(key)
    const { body } = await ask({ runId, tool: "read", parts: [] })
    await report(key, String(body.executionId), { ...anOutcome, observedAfter: [], usage: { [name]: 10 } })
    expect(said(await ask({ runId, tool: "read", parts: [] }))).toBe("limit_exceeded")
  })

  test("change.diffLines: past it a part is shown as a whole replacement", async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, at) => `${at}\n`).join("")
    const changed = (count: number) => [
      file({ before: { text: lines(count) }, after: { text: lines(count - 1) } }),
    ]
    await putInForce(world, limited("change: {diffLines: 5}", "require_approval"))
    expect((await ask({ parts: changed(5) })).body.approval.flags).not.toContain("diff_degraded")
    expect((await ask({ parts: changed(6) })).body.approval.flags).toContain("diff_degraded")
  })
})
