import type { Page } from "playwright-core"
import type { PageState } from "./page-states"

/** Pages about people and clients; what needs a live link is looked at where one is made. */
export const peopleStates: readonly PageState[] = [
  ...["setup", "invitations", "reset"].map((folder) => ({
    page: `${folder}/[token]`,
    state: "a dead link",
    role: null,
    path: () => `/${folder}/gone`,
    shows: "This link no longer works",
  })),
  { page: "(desk)/clients", state: "typical", role: "auditor", path: () => "/clients", shows: "Acme Dental" },
  {
    page: "(desk)/clients",
    state: "adding one",
    role: "admin",
    path: () => "/clients",
    shows: "Acme Dental",
    first: async (page) => await press(page, "Add a client", "Its data, keys, tools and log"),
  },
  {
    page: "(desk)/clients",
    state: "another role needed",
    role: "reviewer",
    path: () => "/clients",
    shows: "need another role",
  },
  {
    page: "(desk)/clients/[tenantId]",
    state: "about to be suspended",
    role: "owner",
    path: () => "/clients",
    shows: "Acme Dental",
    first: async (page) => {
      await follow(page, "Acme Dental", "Who can act in it")
      await press(page, "Stop client", "Every API key of this client stops at once")
    },
  },
  {
    page: "(desk)/clients/[tenantId]",
    state: "switching test changes on",
    role: "admin",
    path: () => "/clients",
    shows: "Acme Dental",
    first: async (page) => {
      await follow(page, "Acme Dental", "None can run")
      await press(page, "Switch on", "How often?")
    },
  },
  {
    page: "(desk)/members",
    state: "typical",
    role: "auditor",
    path: () => "/members",
    shows: "Rhea Novak",
  },
  {
    page: "(desk)/members",
    state: "inviting",
    role: "admin",
    path: () => "/members",
    shows: "Rhea Novak",
    first: async (page) => await press(page, "Invite somebody", "Approves and denies"),
  },
  {
    page: "(desk)/members/[membershipId]",
    state: "another role",
    role: "admin",
    path: () => "/members",
    shows: "Rhea Novak",
    first: async (page) => {
      await follow(page, "Rhea Novak", "What is known")
      await press(page, "Change role", "Another role for Rhea Novak")
    },
  },
  {
    page: "(desk)/members/[membershipId]",
    state: "read only",
    role: "auditor",
    path: () => "/members",
    shows: "Rhea Novak",
    first: async (page) => await follow(page, "Rhea Novak", "does not let you change"),
  },
  {
    page: "(desk)/account",
    state: "typical",
    role: "reviewer",
    path: () => "/account",
    shows: "Where you are signed in",
  },
  {
    page: "(desk)/account",
    state: "adding an authenticator",
    role: "reviewer",
    path: () => "/account",
    shows: "No authenticator yet",
    first: async (page) => await press(page, "Add an authenticator", "Your browser asks for it next"),
  },
]

async function follow(page: Page, link: string, shows: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: link }).first().click()
  await page.getByText(shows).first().waitFor()
}

async function press(page: Page, button: string, shows: string): Promise<void> {
  await page.getByRole("main").getByRole("button", { name: button }).first().click()
  await page.getByRole("dialog").getByText(shows).first().waitFor()
}
