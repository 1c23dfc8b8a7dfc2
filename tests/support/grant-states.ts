import type { Page } from "playwright-core"
import type { Reviewer } from "@/examples/demo/reviewer"
import type { Caller } from "./api"
import { spend, type Pending } from "./calls"
import type { PageState } from "./page-states"

/** Pages about what was made a rule, and about what is explained again. */
export const grantStates: readonly PageState[] = [
  {
    page: "(desk)/approvals/[approvalId]",
    state: "a rule being made of it",
    role: "reviewer",
    path: ({ approved }) => `/approvals/${approved}`,
    shows: "a rule made of this",
    first: makeRule,
  },
  {
    page: "(desk)/approvals/[approvalId]",
    state: "what a rule made of it changes",
    role: "admin",
    path: ({ approved }) => `/approvals/${approved}`,
    shows: "a rule made of this",
    first: async (page) => {
      await makeRule(page)
      await page.getByRole("button", { name: "Show what it changes" }).click()
      await page.getByRole("button", { name: "Propose this rule" }).waitFor()
    },
  },
  {
    page: "(desk)/policies/[tenantId]",
    state: "with a grant that waits",
    role: "auditor",
    path: () => "/policies",
    shows: "Acme Dental",
    first: async (page) => {
      await page.getByRole("main").getByRole("link", { name: "Acme Dental" }).click()
      await page.getByRole("link", { name: "Read the proposal" }).waitFor()
    },
  },
  {
    page: "(desk)/runs/[runId]",
    state: "a decision explained again",
    role: "auditor",
    path: ({ runId }) => `/runs/${runId}`,
    shows: "Call refused",
    first: async (page) => {
      await page.getByRole("button", { name: "Explain again" }).first().click()
      await page.getByText("it comes out the same").waitFor()
    },
  },
]

async function makeRule(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Make a rule of this…" }).click()
  await page.getByRole("button", { name: "Show what it changes" }).waitFor()
}

/** Has a change approved and spent, and a rule that is made of it wait for a second person. */
export async function makeGranted(key: Caller, reviewer: Reviewer, pending: Pending): Promise<void> {
  const { approvalId } = pending
  await reviewer.vote(approvalId, { decision: "approve" })
  const spent = await spend(key, pending)
  if (spent.status !== 200) throw new Error(spent.text)

  const until = new Date(Date.now() + 24 * 60 * 60 * 1_000).toISOString()
  await reviewer.write("POST", `/api/v1/approvals/${approvalId}/grant`, { maxUses: 5, until })
}
