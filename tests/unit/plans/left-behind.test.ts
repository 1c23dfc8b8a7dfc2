import { buildEnvelope, changeHash, type ChangePart } from "@deltaseal/guard/change"
import { expect, test } from "vitest"
import { leftBehind } from "@/lib/plans/left-behind"

const tool = { server: "workspace", name: "write_file", version: "1.4.0", definition: "0".repeat(64) }
const place = (path: string, from?: string) => ({
  workspace: "main",
  path,
  ...(from === undefined ? {} : { from }),
})
const key = (path: string) => `{"kind":"file","target":{"path":"${path}","workspace":"main"}}`
const present = expect.objectContaining({ state: "present" }) as unknown

function aChange(...parts: ChangePart[]) {
  const envelope = buildEnvelope({ tenantId: "ten_1", runId: "run_1", tool, input: {}, parts })
  return { changeHash: changeHash(envelope), parts: envelope.parts }
}

const write = (path: string, before: string | null, after: string): ChangePart => ({
  kind: "file",
  target: place(path),
  before: before === null ? null : { text: before },
  after: { text: after },
})

test("says of each change what those before it leave where it looks, and nothing of the rest", () => {
  const created = aChange(write("a", null, "one"), write("b", null, "b"))
  const moved = aChange({
    kind: "file",
    target: place("c", "a"),
    before: { text: "one" },
    after: { text: "one" },
  })
  const again = aChange(write("a", null, "two"))
  const onMoved = aChange(write("c", "one", "three"), write("d", null, "d"))

  expect(leftBehind([created, null, moved, again, onMoved])).toEqual([
    null,
    null,
    { [key("a")]: present },
    { [key("a")]: { state: "absent" } },
    { [key("c")]: present },
  ])
})

test("leaves nothing of what happens once to look for", () => {
  const mail = (subject: string) =>
    aChange({
      kind: "message",
      target: { channel: "mail" },
      after: {
        from: "a@acme.example",
        replyTo: null,
        recipients: [{ role: "to", address: "b@acme.example" }],
        subject,
        body: "",
        attachments: [],
      },
    })

  expect(leftBehind([mail("one"), mail("two")])).toEqual([null, null])
})
