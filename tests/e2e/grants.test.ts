import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller, Reply } from "@/tests/support/api"
import { openBrowser, signIn } from "@/tests/support/browser"
import { aWrite, openRun } from "@/tests/support/calls"
import { approvedWrite } from "@/tests/support/deciding"
import { seedInstallation, type Installation } from "@/tests/support/installation"
import { lookAt } from "@/tests/support/look-at"
import { settingsFor, startNode, type ServerNode } from "@/tests/support/node"
import { sharedPostgres, type SharedPostgres } from "@/tests/support/shared-postgres"
import { permitIn, putInForce } from "@/tests/support/rules"
import { until } from "@/tests/support/world"

let postgres: SharedPostgres
let installation: Installation
let one: ServerNode
let other: ServerNode
/** One API key, used at both nodes. */
let key: Caller
let keyAtOther: Caller

beforeAll(async () => {
  postgres = sharedPostgres()
  const database = await postgres.newDemo()
  ;[one, other] = await Promise.all([startNode(settingsFor(database)), startNode(settingsFor(database))])
  installation = await seedInstallation(database)
  key = installation.key(one.url)
  keyAtOther = installation.key(other.url)
  await warmUp()
})

afterAll(async () => {
  await installation.close()
  await Promise.all([one.stop(), other.stop()])
  await postgres.close()
})

const asks = "rules:\n  - {name: all, effect: require_approval}\n"

async function inForce(rules: string): Promise<void> {
  const { su, tenantId } = installation
  // Whoever made or ended a rule does not decide by it the same day; here each policy begins another one.
  await su.query("DELETE FROM rule_edit")
  await putInForce({ su, ours: { tenantId, ownerId: "per_test" } }, rules)
}

function grant(name: string, maxUses: number): string {
  const until = `${new Date(Date.now() + 60 * 60 * 1_000).toISOString().slice(0, 19)}Z`
  return `  - name: ${name}
    match: {server: [workspace], tool: [write_file]}
    effect: allow
    paths: {allow: [docs/a.txt]}
    grant: {from: appr_01J00000000000000000000000, ops: [update], maxUses: ${maxUses}, until: ${until}}
`
}

/** A process that has just begun denies what it could not check in time: each has answered a call before it is counted on. */
async function warmUp(): Promise<void> {
  await inForce(asks)
  const runId = await openRun(key)
  for (const caller of [key, keyAtOther]) {
    const isAsked = async () => (await write(caller, runId)).status === 202
    await until("a process asks people", isAsked, 60_000)
  }
}

let calls = 0

/** As a careful caller does it: what a busy server could not answer in time is asked again, under the same key. */
async function write(caller: Caller, runId: string): Promise<Reply> {
  calls += 1
  const same = { "idempotency-key": `write-${calls}` }
  for (let left = 30; ; left -= 1) {
    const reply = await caller.post("/api/v1/tool-calls", aWrite(runId), same)
    if (reply.status < 500 || left === 0) return reply
  }
}

test.each([1, 33])(
  "64 callers over two processes: a grant of %i uses lets so many calls pass and not one more",
  async (uses) => {
    await inForce(`${asks}${grant(`uses-${uses}`, uses)}`)
    const runId = await openRun(key)
    const replies = await Promise.all(
      Array.from({ length: 32 }, () => [write(key, runId), write(keyAtOther, runId)]).flat(),
    )

    const answered = replies.map(({ status, body }) =>
      status === 200 ? "passed" : (body.decision ?? body.reasons?.[0]?.code ?? body.code),
    )
    const count = (answer: string) => answered.filter((one) => one === answer).length
    expect({ passed: count("passed"), asked: count("pending"), all: new Set(answered) }).toEqual({
      ...{ passed: uses, asked: 64 - uses, all: new Set(["passed", "pending"]) },
    })
    for (const reply of replies.filter(({ status }) => status === 200)) {
      expect(permitIn(reply)).toMatchObject({ exemption: { kind: "grant", grantId: `uses-${uses}` } })
    }
    expect((await write(keyAtOther, runId)).status).toBe(202)
  },
)

test("a grant revoked at one process lets nothing pass at the other from then on", async () => {
  await inForce(`${asks}${grant("ended", 1_000)}`)
  const runId = await openRun(key)
  expect((await write(keyAtOther, runId)).status).toBe(200)
  const reviewer = await (await installation.session("reviewer")).at(one.url)
  const path = `/api/v1/tenants/${installation.tenantId}/grants/ended`
  expect((await reviewer.delete(path)).status).toBe(200)

  const later = await Promise.all(Array.from({ length: 8 }, () => write(keyAtOther, runId)))
  expect(later.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202))
})

test("a reviewer makes a rule of a decision in the browser, another person agrees, it is used, explained and ended", async () => {
  await inForce(asks)
  const caller = await (await installation.session("reviewer")).at(one.url)
  const { approvalId } = await approvedWrite(key, caller)
  const browser = await openBrowser()
  const reviewer = await openAs("reviewer", `${one.url}/approvals/${approvalId}`)

  await reviewer.getByRole("button", { name: "Make a rule of this…" }).click()
  const dialog = reviewer.getByRole("dialog")
  await dialog.getByLabel("How often, at most").fill("1001")
  await dialog.getByRole("button", { name: "Show what it changes" }).click()
  await dialog.locator("[aria-invalid=true]").waitFor()
  await dialog.getByLabel("How often, at most").fill("2")
  await dialog.getByLabel("All in the folder").check()
  await dialog.getByRole("button", { name: "Show what it changes" }).click()
  await dialog.getByText("docs/**").waitFor()
  await dialog.getByText("another administrator has to approve it").waitFor()
  await dialog.getByRole("button", { name: "Back" }).click()
  expect(await dialog.getByLabel("How often, at most").inputValue()).toBe("2")
  await dialog.getByRole("button", { name: "Show what it changes" }).click()
  await dialog.getByLabel("Why").fill("It is the same each night.")
  await dialog.getByRole("button", { name: "Propose this rule" }).click()
  await dialog.getByText("It does not hold yet").waitFor()

  const path = await dialog.getByRole("link", { name: "Read the proposal" }).getAttribute("href")
  const admin = await openAs("admin", `${other.url}${path ?? ""}`)
  await admin.getByText("docs/**").first().waitFor()
  await admin.getByRole("button", { name: "Approve and put in force" }).click()
  await admin.getByRole("dialog").getByRole("button", { name: "Approve and put in force" }).click()
  await admin.getByText("It took effect.").waitFor()

  const runId = await openRun(key)
  expect((await write(keyAtOther, runId)).status).toBe(200)
  await reviewer.goto(`${one.url}/runs/${runId}`)
  const grants = reviewer.getByRole("table", { name: "Grants" })
  await grants.getByText("1 of 2").waitFor()
  await grants.getByText("Rhea Novak, agreed to by Adam Reyes").waitFor()
  await grants.getByRole("button", { name: "Revoke" }).click()
  await dialog.getByText("Nobody else has to agree.").waitFor()
  await dialog.getByRole("button", { name: "Revoke" }).click()
  await reviewer.getByText("One that ended").click()
  await reviewer.getByRole("table", { name: "Ended grants" }).getByText("revoked").waitFor()
  expect((await write(keyAtOther, runId)).status).toBe(202)

  await reviewer.getByRole("button", { name: "Explain again" }).first().click()
  await reviewer
    .getByText(/which decided it, it comes out the same: let through by the rule “grant-/)
    .waitFor()
  await reviewer.getByText("in force today, it would differ: asked people by the rule “all”.").waitFor()
  expect(await lookAt(reviewer)).toEqual([])
  await browser.close()

  async function openAs(role: string, at: string): Promise<Page> {
    const person = installation.demo.people.find((known) => known.role === role)
    if (person === undefined) throw new Error(`The demo has no ${role}.`)
    const page = await browser.newPage()
    await signIn(page, at, person, at)
    return page
  }
})
