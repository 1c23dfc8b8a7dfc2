import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import type { Agent, Answer } from "@/examples/agent/agent"
import { signInReviewer, type Reviewer } from "@/examples/demo/reviewer"
import { underway } from "@/tests/support/mcp"
import { startProxy, type Proxy } from "@/tests/support/mcp-proxy"
import { openOffice, registerOffice, type OfficeSite } from "@/tests/support/office"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let reviewer: Reviewer
let wire: Proxy
let office: OfficeSite
let agent: Agent

beforeAll(async () => {
  server = await startServer(await newDataDir())
  await registerOffice(server)
  reviewer = await signInReviewer(server.url, server.person("reviewer"))
  wire = await startProxy(server.url)
  office = await openOffice(server, wire.url)
  agent = await office.connect()
})

beforeEach(() => {
  office.forget()
})

afterAll(async () => {
  await office.close()
  await wire.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

const email = {
  to: ["bo@acme.example"],
  bcc: ["audit@northwind.example"],
  subject: "Prices in May",
  body: "They stay as they are.\n",
}

test("an approved e-mail is sent once, to exactly the recipients that were reviewed", async () => {
  const { isDone, text, status } = await approved("send_email", email)

  expect({ isDone, status }, text).toEqual({ isDone: true, status: "applied" })
  expect(office.mail).toHaveLength(1)
  expect(office.mail[0]).toMatchObject({
    from: "office@northwind.example",
    to: ["bo@acme.example", "audit@northwind.example"],
  })
  expect(office.mail[0]?.text).toContain("Subject: Prices in May")
  expect(office.mail[0]?.text).not.toContain("audit@")
})

test("a recipient that is changed on the way to the people is found out, and nothing is sent", async () => {
  wire.rewriteRequest(({ path }, body) =>
    path.endsWith("/tool-calls") ? body.replaceAll("bo@acme.example", "bo@acne.example") : body,
  )
  const { isDone, text } = await agent.call("send_email", email, { reason: "A test." })
  wire.rewriteRequest(null)

  expect(isDone).toBe(false)
  expect(text).toContain("hash_mismatch")
  expect(text).toContain("Nothing was changed.")
  expect(office.mail).toEqual([])
})

test("a server that was killed when its e-mail was spent does not send it when it is back", async () => {
  wire.beforeAnswer(({ path }) => {
    if (path.endsWith("/consume") && agent.serverPid !== null) process.kill(agent.serverPid, "SIGKILL")
  })
  await expect(approved("send_email", email)).rejects.toThrow()

  wire.beforeAnswer(null)
  // A call of the next process settles first what the last one left.
  agent = await office.connect()
  expect(await approved("move_file", { from: "c.txt", to: "d.txt" })).toMatchObject({ isDone: true })
  expect(office.mail).toEqual([])
})

test.each([
  ["two addresses in one", { ...email, to: ["bo@acme.example, eve@evil.example"] }, "not one plain"],
  ["a header in the subject", { ...email, subject: "a\r\nBcc: eve@evil.example" }, "invalid_content"],
])("an e-mail with %s is refused, and nobody is asked", async (_, input, words) => {
  expect((await agent.call("send_email", input, { reason: "A test." })).text).toContain(words)
  expect(office.mail).toEqual([])
})

test("an approved config is written, and its format is read by server and guard alike", async () => {
  const text = "replicas: 3 # for May\n"
  expect(await approved("set_config", { name: "app.yaml", text })).toMatchObject({ isDone: true })
  expect(await office.read("configs/app.yaml")).toBe(text)
})

test("an approved report runs without a shell, and knows nothing of the server's environment", async () => {
  const counted = await approved("run_report", { program: "wc", operands: ["a b.txt", "$(id)"] })
  expect(counted.text).toContain("2 2 8 'a b.txt'".replaceAll("'", ""))
  expect(counted.text).toContain("(exit: 1)")
  expect(counted.text).toContain("$(id)")

  const { text } = await approved("run_report", { program: "env", operands: [] })
  expect(text).toContain("LANG=C.UTF-8")
  expect(text).not.toContain("DELTASEAL")
})

test.each([
  ["a program that is not allowed", { program: "sh", operands: [] }],
  ["an option", { program: "wc", operands: ["--files0-from=/etc/passwd"] }],
])("%s is refused, and nobody is asked", async (_, input) => {
  expect(await agent.call("run_report", input, { reason: "A test." })).toMatchObject({
    isDone: false,
    status: "tool_failed",
  })
})

test("an approved move goes to a new folder, and leaves nothing behind", async () => {
  expect(await approved("move_file", { from: "a b.txt", to: "kept/b.txt" })).toMatchObject({ isDone: true })
  expect(await office.read("files/kept/b.txt")).toBe("one\ntwo\n")
  expect(await office.read("files/a b.txt")).toBeNull()
})

test("an approved call posts its input once, with the execution's id", async () => {
  const { text } = await approved("call_hook", { event: "closed", data: { month: 5 } })
  expect(text).toContain("answered 202")
  expect(office.posts).toEqual([
    { body: '{"data":{"month":5},"event":"closed"}', key: expect.stringMatching(/^exec_/) as string },
  ])
})

async function approved(name: string, input: Record<string, unknown>): Promise<Answer> {
  const answer = underway(agent.call(name, input, { reason: "A test of the office." }))
  await reviewer.vote((await office.nextPending()).approvalId, { decision: "approve" })
  return await answer
}
