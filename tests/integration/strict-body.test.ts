import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bodyBytesMax } from "@/lib/kernel/body-bytes"
import { type Caller } from "../support/api"
import { newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
})

afterAll(() => world.close())

const ask = (body: unknown) => key.post("/api/v1/tool-calls", body)

describe("a body is read strictly:", () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((each) => (typeof each === "string" ? Buffer.from(each) : Buffer.from(each))))

  test.each<[string, string, string | Uint8Array]>([
    ["invalid UTF-8", "invalid_utf8", bytes('{"a":"', [0xc3, 0x28], '"}')],
    ["a byte order mark", "byte_order_mark", bytes([0xef, 0xbb, 0xbf], "{}")],
    ["UTF-16", "invalid_utf8", bytes([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ["a name given twice", "duplicate_name", '{"runId":"a","runId":"b"}'],
    ["a name given twice, once escaped", "duplicate_name", '{"runId":"a","\\u0072unId":"b"}'],
    ["half a surrogate pair", "lone_surrogate", '{"a":"\\ud800"}'],
    ["a noncharacter", "noncharacter", '{"a":"\\uffff"}'],
    ["data after the value", "trailing_data", "{}{}"],
    ["65 levels", "too_deep", `${"[".repeat(65)}${"]".repeat(65)}`],
    ["over 100,000 values", "too_many_nodes", `[${"0,".repeat(100_000)}0]`],
    ["a name over 1 KiB", "name_too_long", `{"${"n".repeat(1_025)}":1}`],
    ["a number no double holds", "number_not_exact", '{"a":9007199254740993}'],
    ["a number that is too large", "number_not_exact", '{"a":1e400}'],
    ["not JSON", "invalid_json", "runId=1"],
    ["a comment", "invalid_json", "{/* hello */}"],
    ["a trailing comma", "invalid_json", '{"a":1,}'],
    ["NaN", "invalid_json", '{"a":NaN}'],
    ["a NUL byte", "invalid_json", "\u0000{}"],
  ])("%s is %s, and nobody's log has it", async (_, code, body) => {
    const { value: reply, leaves } = await newLeaves(world, () => ask(body))
    expect(reply, reply.text).toMatchObject({ status: 400, body: { code, reasons: [{ code }] } })
    expect(leaves).toEqual([])
  })

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "application/jsonx",
    "",
  ])("the content type %j is refused", async (type) => {
    const reply = await key.post("/api/v1/tool-calls", JSON.stringify({ anything: 1 }), {
      "content-type": type,
    })
    expect(reply).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } })
  })

  test("no body at all is refused", async () => {
    expect(await ask(undefined)).toMatchObject({ status: 422, body: { code: "invalid_request" } })
  })

  test.each<[string, string[]]>([
    ["announced", [`Content-Length: ${bodyBytesMax + 1}`]],
    ["sent in chunks", ["Transfer-Encoding: chunked"]],
  ])("more than 8 MiB, %s, is body_too_large", async (_, headers) => {
    expect(await statusOfLarge(headers)).toContain("413")
  })
})

/** Writes a body that never ends until the server answers. */
function statusOfLarge(headers: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(world.url)
  const socket = connect(Number(port), hostname)
  const chunk = `${(1024 * 1024).toString(16)}\r\n${" ".repeat(1024 * 1024)}\r\n`
  const lines = [
    "POST /api/v1/tool-calls HTTP/1.1",
    `Host: ${hostname}:${port}`,
    `Authorization: ${key.headers["authorization"] ?? ""}`,
    "Content-Type: application/json",
    ...headers,
  ]
  let left = 9
  const writeMore = () => {
    if (left-- > 0) socket.write(chunk, writeMore)
  }
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, writeMore)

  return new Promise((resolve, reject) => {
    socket.once("data", (data) => {
      socket.destroy()
      resolve(data.toString("utf8").split("\r\n", 1)[0] ?? "")
    })
    socket.once("error", reject)
  })
}
