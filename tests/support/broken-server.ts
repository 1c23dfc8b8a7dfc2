import { visitor } from "./api"
import { openBrowser, signIn } from "./browser"
import { lookAtBothSizes } from "./look-at"
import { settingsFor, startNode } from "./node"
import { withClient } from "./postgres"
import { sharedPostgres } from "./shared-postgres"

type BrokenState = Readonly<{ page: string; table: string; path: string; shows: string }>

/** What is shown when a table is not there that a page needs, and when one is not that every page needs. */
export const brokenStates: readonly BrokenState[] = [
  { page: "(desk)/error", table: "run", path: "/runs", shows: "This page could not be shown" },
  { page: "global-error", table: "session", path: "/inbox", shows: "Deltaseal could not show this page" },
]

/** A server over a database of which tables are taken away while somebody looks. */
export type BrokenServer = Readonly<{
  complaintsAbout: (state: Omit<BrokenState, "page">) => Promise<string[]>
  stop: () => Promise<void>
}>

const person = { email: "ada@agency.example", password: "correct horse battery" }

export async function startBrokenServer(): Promise<BrokenServer> {
  const postgres = sharedPostgres()
  const database = await postgres.newDatabase()
  const node = await startNode(settingsFor(database))
  await setUp(node.url, node.said())
  const rename = (from: string, to: string) =>
    withClient(database.superuserUrl, (client) => client.query(`ALTER TABLE "${from}" RENAME TO "${to}"`))

  return {
    complaintsAbout: async ({ table, path, shows }) => {
      // The browser says what the page is for: that the server failed.
      const browser = await openBrowser([/500 \(/, /Server Components render/, /Minified React error #441/])
      const page = await browser.newPage()
      await signIn(page, node.url, person, "about:blank")
      await rename(table, `${table}_away`)
      try {
        await page.goto(node.url + path)
        await page.getByText(shows).waitFor()
        return await lookAtBothSizes(page)
      } finally {
        await rename(`${table}_away`, table)
        await browser.close()
      }
    },
    stop: async () => {
      await node.stop()
      await postgres.close()
    },
  }
}

async function setUp(url: string, said: string): Promise<void> {
  const token = /\/setup\/([\w-]+)/.exec(said)?.[1] ?? ""
  const names = { agencyName: "Agency", clientName: "First Client", name: "Ada Byron" }
  const reply = await visitor(url).post("/api/v1/setup", { token, ...names, ...person })
  if (reply.status !== 201) throw new Error(reply.text)
}
