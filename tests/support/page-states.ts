import type { Page } from "playwright-core"
import { caller, newNonce, type Caller } from "./api"
import { aWrite, openRun, readFile, type Pending } from "./calls"
import { contactChange, fileChange } from "./page-changes"
import { attentionStates } from "./attention-states"
import { grantStates, makeGranted } from "./grant-states"
import type { TestServer } from "./server"
import { toolStates } from "./tool-states"
import { signInReviewer } from "@/examples/demo/reviewer"

/** One page in one state, to be looked at. */
export type PageState = Readonly<{
  /** The page's folder in `app`. */
  page: string
  state: string
  /** Who looks; null when nobody is signed in. */
  role: "owner" | "admin" | "reviewer" | "auditor" | null
  path: (ids: Ids) => string
  /** A text that is there once the page is. */
  shows: string | RegExp
  /** What is done before looking, such as opening a dialog. */
  first?: (page: Page) => Promise<void>
}>

/** What the states are about. */
export type Ids = Readonly<{
  runId: string
  closedRunId: string
  pending: string
  long: string
  record: string
  denied: string
  approved: string
  plan: string
  planned: string
}>

/** Pages of a demo in which nothing has happened yet. */
export const emptyStates: readonly PageState[] = [
  {
    page: "sign-in",
    state: "nobody signed in",
    role: null,
    path: () => "/sign-in",
    shows: "Sign in to Deltaseal",
  },
  {
    page: "sign-in",
    state: "wrong password",
    role: null,
    path: () => "/sign-in?next=%2Fapprovals%2Fappr_1",
    shows: "A change is waiting",
    first: async (page) => {
      await page.getByLabel("E-mail").fill("nobody@northwind.example")
      await page.getByLabel("Password").fill("not it")
      await page.getByRole("button", { name: "Sign in" }).click()
      await page.getByText("E-mail or password is not right.").waitFor()
    },
  },
  {
    page: "(desk)/inbox",
    state: "empty",
    role: "reviewer",
    path: () => "/inbox",
    shows: "Nothing is waiting",
  },
  {
    page: "(desk)/runs",
    state: "empty",
    role: "reviewer",
    path: () => "/runs",
    shows: "No agent has worked here yet",
  },
]

/** Pages of a demo after an agent has worked in it. */
export const filledStates: readonly PageState[] = [
  ...toolStates,
  ...grantStates,
  ...attentionStates,
  {
    page: "(desk)/inbox",
    state: "typical",
    role: "reviewer",
    path: () => "/inbox",
    shows: "changes are waiting",
  },
  {
    page: "(desk)/inbox",
    state: "a selected row",
    role: "owner",
    path: () => "/inbox",
    shows: "not you",
    first: async (page) => {
      await page.locator("a[data-row]").first().focus()
    },
  },
  {
    page: "(desk)/inbox",
    state: "the keys",
    role: "auditor",
    path: () => "/inbox",
    shows: "changes are waiting",
    first: async (page) => await openIfThere(page, "Keyboard shortcuts", "Keys on this page"),
  },
  {
    page: "(desk)/inbox",
    state: "the menu",
    role: "admin",
    path: () => "/inbox",
    shows: "changes are waiting",
    first: async (page) => {
      await page
        .getByRole("button", { name: /^More$|theme and sign out/ })
        .filter({ visible: true })
        .click()
      await page.getByRole("menuitem", { name: "Sign out" }).waitFor()
    },
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "a file",
    role: "reviewer",
    path: ({ pending }) => `/approvals/${pending}`,
    shows: "1 of 1 hunk seen",
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "being denied",
    role: "reviewer",
    path: ({ pending }) => `/approvals/${pending}#deny`,
    shows: "Why not? The agent reads this.",
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "a long file",
    role: "reviewer",
    path: ({ long }) => `/approvals/${long}`,
    shows: "show the next",
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "a record",
    role: "admin",
    path: ({ record }) => `/approvals/${record}`,
    shows: "lifecycleStage",
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "not mine to decide",
    role: "owner",
    path: ({ record }) => `/approvals/${record}`,
    shows: "You cannot decide this one",
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "denied",
    role: "auditor",
    path: ({ denied }) => `/approvals/${denied}`,
    shows: "Denied by Rhea Novak",
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "a call of a plan",
    role: "reviewer",
    path: ({ planned }) => `/approvals/${planned}`,
    shows: "Decide all 3 calls of it that wait",
  },
  {
    page: "(desk)/plans/[planId]",
    state: "waiting",
    role: "reviewer",
    path: ({ plan }) => `/plans/${plan}`,
    shows: "Approve all 3 calls",
  },
  {
    page: "(desk)/plans/[planId]",
    state: "being denied",
    role: "admin",
    path: ({ plan }) => `/plans/${plan}#deny`,
    shows: "Why not? The agent reads this.",
  },
  { page: "(desk)/runs", state: "typical", role: "reviewer", path: () => "/runs", shows: "nightly-content" },
  {
    page: "(desk)/runs",
    state: "nothing like this",
    role: "auditor",
    path: () => "/runs?environment=staging",
    shows: "No run is like this",
  },
  {
    page: "(desk)/runs/[runId]",
    state: "open",
    role: "reviewer",
    path: ({ runId }) => `/runs/${runId}`,
    shows: "Call refused",
  },
  {
    page: "(desk)/runs/[runId]",
    state: "being stopped",
    role: "admin",
    path: ({ runId }) => `/runs/${runId}`,
    shows: "Call refused",
    first: async (page) => await openIfThere(page, "Stop this run", "Stop this run?"),
  },
  {
    page: "(desk)/runs/[runId]",
    state: "closed",
    role: "owner",
    path: ({ closedRunId }) => `/runs/${closedRunId}`,
    shows: "Run closed",
  },
  {
    page: "(desk)/not-found",
    state: "a run that is not there",
    role: "reviewer",
    path: () => "/runs/run_01J00000000000000000000000",
    shows: "There is nothing here for you",
  },
  {
    page: "not-found",
    state: "an address that is not there",
    role: "reviewer",
    path: () => "/nowhere",
    shows: "There is nothing here for you",
  },
]

/** Presses what opens something, where this screen offers it. */
async function openIfThere(page: Page, button: string, title: string): Promise<void> {
  const opener = page.getByRole("button", { name: button }).filter({ visible: true })
  if ((await opener.count()) === 0) return

  await opener.click()
  await page.getByRole("dialog").getByText(title).first().waitFor()
}

/** Lets an agent work: something of everything that pages show. */
export async function fill(server: TestServer): Promise<Ids> {
  const key = caller(server.url, { authorization: `Bearer ${server.apiKey}` })
  const closedRunId = await openRun(key, { workflow: "over", environment: "dev" })
  await key.post(`/api/v1/runs/${closedRunId}/close`)
  const runId = await openRun(key, { step: "publish" })
  const ask = async (body: object): Promise<Pending> => {
    const reply = await key.post("/api/v1/tool-calls", body)
    if (reply.status !== 202) throw new Error(reply.text)
    const { approval } = reply.body
    return {
      runId,
      approval,
      approvalId: String(approval.approvalId),
      changeHash: String(approval.changeHash),
    }
  }

  const denied = await ask(aWrite(runId))
  const reviewer = await signInReviewer(server.url, server.person("reviewer"))
  await reviewer.vote(denied.approvalId, { decision: "deny", reason: "Not like this." })
  const approved = await ask(aWrite(runId))
  await makeGranted(key, reviewer, approved)
  const pending = await ask(
    aWrite(runId, fileChange("docs/prices.md", "Starter: 49\n", "Starter: 4\u200b9\n")),
  )
  const rows = Array.from({ length: 90 }, (_, at) => `row ${at}`).join("\n")
  const long = await ask(
    aWrite(runId, fileChange("data/rows.txt", `${rows}\n`, `${rows.replaceAll("row", "line")}\n`)),
  )
  const record = await ask(contactChange(runId, server.facts.tenants[0]?.tenantId ?? ""))
  const plan = await sendPlan(key, runId)
  await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: 5 } })

  return {
    ...{ runId, closedRunId },
    pending: pending.approvalId,
    long: long.approvalId,
    record: record.approvalId,
    denied: denied.approvalId,
    approved: approved.approvalId,
    plan: plan.planId,
    planned: plan.items[0]?.approvalId ?? "",
  }
}

/** Three calls to decide at once, two of them on the same file, and one that nobody has to. */
async function sendPlan(key: Caller, runId: string) {
  const { runId: _run, ...write } = aWrite(runId, fileChange("docs/b.md", "one\n", "two\n"))
  const { runId: _same, ...again } = aWrite(runId, fileChange("docs/b.md", "two\n", "three\n"))
  const { runId: _other, ...other } = aWrite(runId, fileChange("docs/c.md", "one\n", "t\u200bwo\n"))
  const read = { tool: readFile, input: { path: "docs/b.md" } }
  const reply = await key.post(
    "/api/v1/plans",
    { runId, reason: "Three small things.", calls: [write, read, again, other] },
    { "idempotency-key": newNonce() },
  )
  if (reply.status !== 201) throw new Error(reply.text)

  return reply.body as { planId: string; items: { approvalId: string }[] }
}
