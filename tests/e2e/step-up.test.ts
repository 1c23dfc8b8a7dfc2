import type { CDPSession, Page, Request } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signInReviewer } from "@/examples/demo/reviewer"
import { caller } from "@/tests/support/api"
import { openBrowser, openDialog, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { pendingWrite, spend, type Pending } from "@/tests/support/calls"
import { lookAt } from "@/tests/support/look-at"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let page: Page
let devtools: CDPSession
let authenticatorId: string
/** Approved before votes had to be signed. */
let unsigned: Pending

const policy = `version: 1
rules:
  - name: writes
    effect: require_approval
    approval: {stepUp: true}
`

beforeAll(async () => {
  server = await startServer(await newDataDir())
  browser = await openBrowser([/(?:approvals\/|#authenticators).*(?:403|409) \(/])
  unsigned = await aPending()
  const { approvalId, changeHash } = unsigned
  const reviewer = await signInReviewer(server.url, server.person("reviewer"))
  await reviewer.write("POST", `/api/v1/approvals/${approvalId}/votes`, { decision: "approve", changeHash })
  const admin = await signInReviewer(server.url, server.person("admin"))
  const tenantId = server.facts.tenants[0]?.tenantId ?? ""
  await admin.write("POST", `/api/v1/tenants/${tenantId}/policies`, { text: policy, basedOn: 1 })

  page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"), "about:blank")
  devtools = await authenticatorsOf(page)
  authenticatorId = await plugIn(devtools, "internal")
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

/** Where authenticators of Chromium's own are plugged into a page. */
async function authenticatorsOf(at: Page): Promise<CDPSession> {
  const session = await at.context().newCDPSession(at)
  await session.send("WebAuthn.enable")
  return session
}

/** One that is touched as soon as it is asked. */
async function plugIn(at: CDPSession, transport: "internal" | "usb"): Promise<string> {
  const added = await at.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return added.authenticatorId
}

function aPending(): Promise<Pending> {
  return pendingWrite(caller(server.url, { authorization: `Bearer ${server.apiKey}` }))
}

const approveButton = () => page.getByRole("button", { name: /^Approve this change/ })

async function addOne(name: string, at = page, role: "reviewer" | "admin" = "reviewer"): Promise<void> {
  const dialog = at.getByRole("dialog")
  await openDialog(at, "Add an authenticator")
  await dialog.getByLabel("Name").fill(name)
  await dialog.getByLabel("Your password").fill(server.person(role).password)
  await dialog.getByRole("button", { name: "Add authenticator" }).click()
}

test("who has no authenticator is led to enrol one; a cancelled prompt decides nothing; what is signed approves once", async () => {
  const [first, second] = [await aPending(), await aPending()]
  await page.goto(`${server.url}/approvals/${first.approvalId}`)
  await page.getByText("Approving needs your security key").waitFor()
  await approveButton().click()
  await page.getByText("You have no authenticator, and this decision needs one.").waitFor()
  expect(await lookAt(page)).toEqual([])
  await page.getByRole("link", { name: "Enrol one on your account page" }).click()

  await addOne("Laptop")
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor()
  expect(await lookAt(page)).toEqual([])

  await page.goto(`${server.url}/approvals/${first.approvalId}`)
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false })
  await approveButton().click()
  await page.getByText("The prompt of your authenticator was closed or refused.").waitFor()
  expect((await statusOf(first)).status).toBe("pending")

  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true })
  const voting = page.waitForRequest((request) => request.url().endsWith("/votes"))
  await approveButton().click()
  await page.getByText("You approved this change.").waitFor()
  expect((await statusOf(first)).status).toBe("approved")

  const signed = (await voting).postDataJSON() as { stepUp: object }
  const { changeHash } = second
  const replayed = await resend(await voting, second, { ...signed, changeHash })
  expect(replayed).toMatchObject({ status: 403, code: "step_up_invalid" })
  expect((await statusOf(second)).status).toBe("pending")
})

test("whose vote was not signed before that was asked for reads that it does not count, and decides again", async () => {
  const key = caller(server.url, { authorization: `Bearer ${server.apiKey}` })
  expect((await spend(key, unsigned)).body.code).toBe("not_approved")
  await page.goto(`${server.url}/approvals/${unsigned.approvalId}`)
  await page.getByText("back before people: the policy changed").waitFor()
  await page.getByText("Not counted: Rhea Novak, whose vote is not signed").waitFor()
  await page.getByText("It does not count: it is not signed").waitFor()
  expect(await lookAt(page)).toEqual([])
  await openDialog(page, "Withdraw")
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click()
  await approveButton().click()
  await page.getByText("You approved this change.").waitFor()
  expect((await spend(key, unsigned)).status).toBe(200)
})

test("a second authenticator takes the first; one is removed with the password, and the last one stays", async () => {
  await page.setViewportSize(phone)
  await page.goto(`${server.url}/account#authenticators`)
  await plugIn(devtools, "usb")
  await addOne("Key on the ring")
  await page.getByText("Key on the ring").waitFor()
  expect(await lookAt(page)).toEqual([])

  await openDialog(page, "Remove")
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Your password").fill("not it")
  await dialog.getByRole("button", { name: "Remove authenticator" }).click()
  await dialog.getByText("The current password is not right.").waitFor()
  await dialog.getByLabel("Your password").fill(server.person("reviewer").password)
  await dialog.getByRole("button", { name: "Remove authenticator" }).click()
  await page.getByText("The authenticator is removed.").waitFor()
  // The last one stays.
  await expect.poll(() => page.getByRole("button", { name: "Remove" }).count()).toBe(0)
})

test("lost authenticators are taken away by two administrators, whom a line above every page tells", async () => {
  await openDialog(page, "I lost them")
  await page.getByRole("dialog").getByRole("button", { name: "I lost them" }).click()
  await page.getByText("Your authenticators are to be taken away.").waitFor()
  expect(await lookAt(page)).toEqual([])

  for (const [role, said] of [
    ["admin", "Confirmed. A second administrator has to confirm too."],
    ["owner", "The authenticators are taken away."],
  ] as const) {
    const desk = await browser.newPage()
    await signIn(desk, server.url, server.person(role))
    await desk.getByText("The authenticators of Rhea Novak are to be taken away.").waitFor()
    if (role === "admin") expect(await lookAt(desk)).toEqual([])
    await openDialog(desk, "Confirm")
    await desk.getByRole("dialog").getByRole("button", { name: "Confirm" }).click()
    await desk.getByText(said).waitFor()
  }
  await page.reload()
  await page.getByText("Yours were taken away").waitFor()
  await page.getByText("No authenticator yet").waitFor()
})

test("an administrator signs for breaking the glass, which is said to be that", async () => {
  const pending = await aPending()
  const desk = await browser.newPage()
  await signIn(desk, server.url, server.person("admin"), "/account#authenticators")
  await plugIn(await authenticatorsOf(desk), "internal")
  await addOne("Office", desk, "admin")
  await desk.getByRole("rowheader", { name: "Office" }).waitFor()

  await desk.goto(`${server.url}/approvals/${pending.approvalId}`)
  await openDialog(desk, "Break glass…")
  await desk.getByText("Your browser asks for your security key next.").waitFor()
  await desk.getByLabel("Why can this not wait?").fill("The shop of the client is down.")
  const asking = desk.waitForRequest((request) => request.url().endsWith("/step-up"))
  await desk.getByRole("button", { name: "Begin" }).click()
  expect((await asking).postDataJSON()).toEqual({
    decision: "break_glass",
    changeHash: pending.changeHash,
  })
  await desk.getByText("It waits for a second administrator").waitFor()
})

async function statusOf({ approvalId }: Pending): Promise<{ status: string }> {
  const key = caller(server.url, { authorization: `Bearer ${server.apiKey}` })
  return (await key.get(`/api/v1/approvals/${approvalId}`)).body
}

/** Sends what was signed for one vote to another approval, as a page of ours would. */
function resend(
  request: Request,
  { approvalId }: Pending,
  body: object,
): Promise<{ status: number; code: string }> {
  const token = request.headers()["x-csrf-token"] ?? ""
  return page.evaluate(
    async ([path, sent, csrf]) => {
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
        body: sent,
      })
      return { status: response.status, code: ((await response.json()) as { code: string }).code }
    },
    [`/api/v1/approvals/${approvalId}/votes`, JSON.stringify(body), token] as const,
  )
}
