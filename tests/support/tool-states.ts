import type { Page } from "playwright-core"
import type { PageState } from "./page-states"

/** Pages about tools and keys. */
export const toolStates: readonly PageState[] = [
  { page: "(desk)/tools", state: "typical", role: "reviewer", path: () => "/tools", shows: "write_file" },
  {
    page: "(desk)/tools",
    state: "nothing like this",
    role: "auditor",
    path: () => "/tools",
    shows: "write_file",
    first: async (page) => await press(page, "link", "Suspended", /suspended|No tool/),
  },
  {
    page: "(desk)/tools/[tenantId]/[server]/[name]/[version]",
    state: "read by a reviewer",
    role: "reviewer",
    path: () => "/tools",
    shows: "write_file",
    first: openFirst,
  },
  {
    page: "(desk)/tools/[tenantId]/[server]/[name]/[version]",
    state: "its tier being changed",
    role: "admin",
    path: () => "/tools",
    shows: "write_file",
    first: async (page) => {
      await openFirst(page)
      await press(page, "button", "Change tier", "irreversible write")
      await page.getByRole("dialog").filter({ visible: true }).waitFor()
    },
  },
  {
    page: "(desk)/keys",
    state: "typical",
    role: "auditor",
    path: () => "/keys",
    shows: "Acme Dental agents",
  },
  {
    page: "(desk)/keys",
    state: "none ended",
    role: "owner",
    path: () => "/keys",
    shows: "Acme Dental agents",
    first: async (page) => await press(page, "link", "Ended", /No key|ended/),
  },
  {
    page: "(desk)/keys/new",
    state: "for a client",
    role: "admin",
    path: () => "/keys/new",
    shows: "It belongs to one client for ever",
    first: async (page) => {
      await page.getByLabel("Client", { exact: true }).selectOption({ label: "Acme Dental" })
      await page.getByRole("textbox", { name: "Name", exact: true }).waitFor()
    },
  },
  {
    page: "(desk)/keys/[tenantId]/[keyId]",
    state: "about to be revoked",
    role: "owner",
    path: () => "/keys",
    shows: "Acme Dental agents",
    first: async (page) => {
      await openFirst(page)
      await press(page, "button", "Revoke key", /Revoke/)
      await page.getByRole("dialog").filter({ visible: true }).waitFor()
    },
  },
]

/** Opens the first row of a list. */
async function openFirst(page: Page): Promise<void> {
  const list = new URL(page.url()).pathname
  await page.locator("a[data-row]").first().click()
  await page.waitForURL((url) => url.pathname.startsWith(`${list}/`))
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link").first().waitFor()
  await page.getByRole("heading", { level: 1 }).waitFor()
}

async function press(
  page: Page,
  role: "button" | "link",
  name: string,
  shows: string | RegExp,
): Promise<void> {
  await page.getByRole("main").getByRole(role, { name, exact: true }).first().click()
  await page.getByText(shows).filter({ visible: true }).first().waitFor()
}
