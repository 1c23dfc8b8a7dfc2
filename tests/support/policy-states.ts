import type { Page } from "playwright-core"
import { packStates } from "./pack-states"
import type { PageState } from "./page-states"

/** Pages about policies. The states of a client publish nothing, so that calls go on being decided as before. */
export const policyStates: readonly PageState[] = [
  {
    page: "(desk)/policies",
    state: "typical",
    role: "reviewer",
    path: () => "/policies",
    shows: "the tier defaults",
  },
  {
    page: "(desk)/policies/[tenantId]",
    state: "before the first one",
    role: "admin",
    path: () => "/policies",
    shows: "the tier defaults",
    first: async (page) => await follow(page, "Brightside Travel", "Write the first policy"),
  },
  {
    page: "(desk)/policies/[tenantId]/versions/[version]",
    state: "the built-in one",
    role: "auditor",
    path: () => "/policies",
    shows: "the tier defaults",
    first: async (page) => {
      await follow(page, "Brightside Travel", "As it was written")
      await follow(page, "Version 1", "What it says")
    },
  },
  {
    page: "(desk)/policies/[tenantId]/edit",
    state: "with something wrong in it",
    role: "admin",
    path: () => "/policies",
    shows: "the tier defaults",
    first: async (page) => {
      await follow(page, "Brightside Travel", "Write the first policy")
      await follow(page, "Write the first policy", "Start from an example or a file")
      await write(page, "version: 1\nrules:\n  - name: a\n    efect: allow\n")
      await page.getByText(/things? (is|are) wrong/).waitFor()
    },
  },
  {
    page: "(desk)/policies/[tenantId]/proposals/[proposalId]",
    state: "waiting for somebody else",
    role: "admin",
    path: () => "/policies",
    shows: "the tier defaults",
    first: async (page) => {
      await follow(page, "Brightside Travel", "Write the first policy")
      const tenantId = new URL(page.url()).pathname.split("/")[2] ?? ""
      await page.evaluate(proposeLowerTier, tenantId)
      await page.reload()
      await follow(page, "Tier T1", "It does not hold yet")
    },
  },
  {
    page: "(desk)/policies/[tenantId]/edit",
    state: "about to be published",
    role: "owner",
    path: () => "/policies",
    shows: "the tier defaults",
    first: async (page) => {
      await follow(page, "Brightside Travel", "Write the first policy")
      await follow(page, "Write the first policy", "Start from an example or a file")
      await page.getByRole("button", { name: /Mail to customers/ }).click()
      await page.getByRole("button", { name: "Review and publish" }).click()
      await page.getByRole("dialog").getByText("Against what holds now").waitFor()
    },
  },
  ...packStates,
]

async function follow(page: Page, link: string, shows: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: link }).first().click()
  await page.getByText(shows).filter({ visible: true }).first().waitFor()
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel("The policy, as YAML").fill(text)
}

/** Runs in the browser, as the page's own requests do; what is proposed already stays. */
async function proposeLowerTier(tenantId: string): Promise<void> {
  const { csrfToken } = (await (await fetch("/api/v1/session")).json()) as { csrfToken: string }
  const tools = `/api/v1/tenants/${tenantId}/tools`
  const { items } = (await (await fetch(tools)).json()) as {
    items: { server: string; name: string; version: string; tier: string; proposed: unknown[] }[]
  }
  const tool = items.find(({ tier }) => tier === "T2_IRREVERSIBLE_WRITE")
  if (tool === undefined || tool.proposed.length > 0) return

  await fetch(`${tools}/${tool.server}/${tool.name}/${tool.version}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify({ tier: "T1_REVERSIBLE_WRITE" }),
  })
}
