import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { website } from "@/examples/demo/website"
import {
  newDataDir,
  ownEnvironment,
  removeDataDir,
  startDemoServer,
  type TestServer,
} from "@/tests/support/server"

let server: TestServer
/** Where the demo lays out its websites. */
let temporary: string

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), "deltaseal-demo-test-"))
  server = await startDemoServer(await newDataDir())
})

afterAll(async () => {
  await server.stop()
  await removeDataDir(server.dataDir)
  await rm(temporary, { recursive: true, force: true })
})

test("decided by a script, the demo writes what was approved, leaves what was denied, and tells the story", async () => {
  const demo = startDemo(server.dataDir, ["--auto"])

  expect(await demo.ended()).toBe(0)
  const { stdout, stderr } = demo.heard
  expect(stderr).toBe("")
  expect(stdout).toContain("Updates pages/pricing.md in workspace main  +2 −2")
  expect(stdout).toMatch(
    /denied by Rhea Novak .*saying "The practice has not confirmed the list of insurers yet/,
  )
  expect(stdout).toContain(`${server.url}/approvals/appr_`)
  const site = /The website is in +(\S+)/.exec(stdout)?.[1] ?? ""
  const page = async (file: string) => await readFile(path.join(site, file), "utf8").catch(() => null)
  expect(await page("pages/pricing.md")).toContain("Membership: $55 a month")
  expect(await page("pages/faq/insurance.md")).toBeNull()
  expect(await page("partials/footer.html")).toContain("8 am to 6 pm")
  expect(await page("pages/index.md")).toBe(website["pages/index.md"])
  expect(stdout).toContain("Updates 1 contact in crm: lifecycleStage")
  expect(stdout).toContain("The tool may not change /email.")
  expect(stdout).toMatch(
    / refused +Correct a contact's e-mail address\n +written +Move the contact on to the next stage\n +refused +Send the offer, with a copy .*\n +denied +Send the offer to the customer alone/,
  )
  expect(stdout).toContain("jo@harbour-hotels.example")
  expect(stdout).not.toContain("The mail server of the demo got it")
  expect(demo.isGone()).toBe(true)
  expect((await readdir(temporary)).filter((name) => name.includes("crm"))).toEqual([])
})

test("for a person, it says where to decide and who may, and Ctrl-C withdraws the request and leaves no process", async () => {
  const demo = startDemo(server.dataDir)
  await demo.says("Waiting for a person")
  const { stdout } = demo.heard
  expect(stdout).toContain("rhea@northwind.example (reviewer) or adam@northwind.example (admin)")
  expect(stdout).toContain("olivia@northwind.example: she owns the key that asks")
  expect(stdout).not.toContain(server.person("reviewer").password)
  expect(demo.isGone()).toBe(false)

  demo.interrupt()

  expect(await demo.ended()).toBe(130)
  expect(demo.heard.stderr).toContain("has been withdrawn")
  const approvalId = /approvals\/(appr_\w+)/.exec(stdout)?.[1] ?? ""
  const approval = await fetch(`${server.url}/api/v1/approvals/${approvalId}`, {
    headers: { authorization: `Bearer ${server.apiKey}` },
  })
  expect(await approval.json()).toMatchObject({ status: "cancelled" })
  expect(demo.isGone()).toBe(true)
})

test("without a server it says what to do", async () => {
  const nowhere = await newDataDir()
  const demo = startDemo(nowhere)

  expect(await demo.ended()).toBe(1)
  expect(demo.heard.stderr).toContain("Start the server first: npm start")
  expect(demo.heard.stderr).not.toContain("    at ")
  await removeDataDir(nowhere)
})

test("an option that it does not know is an error and starts nothing", async () => {
  const demo = startDemo(server.dataDir, ["--automatic"])

  expect(await demo.ended()).toBe(2)
  expect(demo.heard.stdout).toBe("")
})

/** The built demo as a terminal runs it: in a process group that a Ctrl-C reaches as a whole. */
function startDemo(dataDir: string, args: readonly string[] = []) {
  const child = spawn(process.execPath, ["dist/examples/demo.js", ...args], {
    env: ownEnvironment({ DELTASEAL_DATA_DIR: dataDir, TMPDIR: temporary }),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  })
  const heard = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk: Buffer) => (heard.stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (heard.stderr += chunk.toString()))
  const closed = once(child, "close")

  return {
    heard,
    says: async (text: string) => {
      await expect.poll(() => heard.stdout, { timeout: 30_000 }).toContain(text)
    },
    interrupt: () => process.kill(-(child.pid ?? 0), "SIGINT"),
    ended: async () => {
      await closed
      return child.exitCode
    },
    /** Whether anything that it started is still there. */
    isGone: () => {
      try {
        return !process.kill(-(child.pid ?? 0), 0)
      } catch {
        return true
      }
    },
  }
}
