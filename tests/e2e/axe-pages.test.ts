import { readdirSync } from "node:fs"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { desk, openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { brokenStates, startBrokenServer, type BrokenServer } from "@/tests/support/broken-server"
import { lookAt, lookAtBothSizes } from "@/tests/support/look-at"
import { emptyStates, fill, filledStates, type Ids, type PageState } from "@/tests/support/page-states"
import { peopleStates } from "@/tests/support/people-states"
import { policyStates } from "@/tests/support/policy-states"
import { newDataDir, removeDataDir, startDemoServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
const pages = new Map<string, Page>()
/** How often each page was looked at: in both sizes at first, then in one and the other. */
const looks = new Map<string, number>()

beforeAll(async () => {
  server = await startDemoServer(await newDataDir())
  browser = await openBrowser([/sign-in.*401 \(/, /(nowhere|run_01J0+): .*404 \(/])
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

test("every page there is has a state in which axe looks at it", () => {
  const folders = readdirSync("app", { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|\/)(page|not-found|error|global-error)\.tsx$/.test(file))
    .map((file) => file.replace(/\/?page\.tsx$/, "").replace(/\.tsx$/, ""))
    // The front door only leads on.
    .filter((folder) => folder !== "")
  const looked = new Set(
    [...emptyStates, ...filledStates, ...peopleStates, ...policyStates, ...brokenStates].map(
      ({ page }) => page,
    ),
  )

  expect(folders.filter((folder) => !looked.has(folder))).toEqual([])
  expect([...looked].filter((folder) => !folders.includes(folder))).toEqual([])
})

describe("before anything has happened, axe finds nothing and nothing runs sideways, on desk and phone", () => {
  const none: Ids = {
    ...{ runId: "", closedRunId: "", pending: "", long: "", record: "", denied: "" },
    ...{ approved: "", plan: "", planned: "" },
  }
  test.each(inTime(emptyStates))("$page, $state", async (state) => {
    expect(await complaintsAbout(state, none)).toEqual([])
  })
})

describe("after an agent has worked, axe finds nothing and nothing runs sideways", () => {
  let ids: Ids
  beforeAll(async () => {
    ids = await fill(server)
  })

  test.each(inTime([...filledStates, ...peopleStates, ...policyStates]))("$page, $state", async (state) => {
    expect(await complaintsAbout(state, ids)).toEqual([])
  })
})

describe("when the server cannot show a page, axe finds nothing and nothing runs sideways", () => {
  let broken: BrokenServer
  beforeAll(async () => {
    broken = await startBrokenServer()
  })
  afterAll(async () => {
    await broken.stop()
  })

  test.each(brokenStates)("$page", async ({ page: _, ...state }) => {
    expect(await broken.complaintsAbout(state)).toEqual([])
  })
})

/** All states with `npm run test:long`; else two of each page, for a look takes seconds. */
function inTime(states: readonly PageState[]): PageState[] {
  if (process.env["DELTASEAL_LONG_TESTS"] === "1") return [...states]
  const seen = new Map<string, number>()
  return states.filter(({ page }) => {
    const earlier = seen.get(page) ?? 0
    seen.set(page, earlier + 1)
    return earlier < 2
  })
}

async function complaintsAbout(
  { page: name, role, path, shows, first }: PageState,
  ids: Ids,
): Promise<string[]> {
  const page = await pageOf(role)
  const earlier = looks.get(name) ?? 0
  looks.set(name, earlier + 1)
  const address = server.url + path(ids)
  // Where only what comes after the # differs, nothing would be loaded. Each other time a blank page would
  // cost more than the page: it ends the process of the one before, with all the scripts that were read.
  if (address.includes("#") && page.url().split("#")[0] === address.split("#")[0])
    await page.goto("about:blank")
  await page.setViewportSize(earlier % 2 === 1 ? phone : desk)
  await page.goto(address)
  await page.getByText(shows).filter({ visible: true }).first().waitFor()
  await first?.(page)

  return await (earlier === 0 ? lookAtBothSizes(page) : lookAt(page))
}

/** One page for each role: signing in takes longest. */
async function pageOf(role: PageState["role"]): Promise<Page> {
  const name = String(role)
  const known = pages.get(name)
  if (known !== undefined) return known

  const page = await browser.newPage()
  if (role !== null) await signIn(page, server.url, server.person(role), "about:blank")
  pages.set(name, page)
  return page
}
