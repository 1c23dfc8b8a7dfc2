import { describe, expect, test } from "vitest"
import { readJsonBody } from "@/lib/http/body"
import { bodyBytesMax } from "@/lib/kernel/body-bytes"

const request = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request("http://localhost/", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
    duplex: "half",
  } as RequestInit)

/** A body of this many spaces, in chunks, without a length in its headers. */
function chunked(bytes: number, counted: { read: number } = { read: 0 }): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream(
    {
      pull(controller) {
        const size = Math.min(64 * 1024, left)
        left -= size
        counted.read += size
        if (size > 0) controller.enqueue(new Uint8Array(size).fill(0x20))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

test("no body is undefined, whatever its type", async () => {
  expect((await readJsonBody(request(null))).value).toBeUndefined()
  expect((await readJsonBody(request("", { "content-type": "text/html" }))).value).toBeUndefined()
})

test.each(["application/json", "application/json;charset=utf-8", 'Application/JSON; charset="UTF-8"'])(
  "the type %s is read",
  async (type) => {
    expect((await readJsonBody(request('{"a":1}', { "content-type": type }))).value).toEqual({ a: 1 })
  },
)

test.each([
  "text/json",
  "application/problem+json",
  "application/json, text/plain",
  "application/json; charset=latin1",
  "multipart/form-data",
])("the type %s is not", async (type) => {
  await expect(readJsonBody(request("{}", { "content-type": type }))).rejects.toMatchObject({
    code: "unsupported_media_type",
  })
})

describe("a body may have 8 MiB", () => {
  const text = (bytes: number) => `"${"x".repeat(bytes - 2)}"`

  test("to the last byte", async () => {
    expect((await readJsonBody(request(text(bodyBytesMax)))).value).toHaveLength(bodyBytesMax - 2)
  })

  test("and not one more", async () => {
    await expect(readJsonBody(request(text(bodyBytesMax + 1)))).rejects.toMatchObject({
      code: "body_too_large",
    })
  })

  test("and an announced one is refused before it is read", async () => {
    const counted = { read: 0 }
    const announced = request(chunked(bodyBytesMax, counted), { "content-length": String(bodyBytesMax + 1) })
    await expect(readJsonBody(announced)).rejects.toMatchObject({ code: "body_too_large" })
    expect(counted.read).toBe(0)
  })

  test("and an endless one is read no further than that", async () => {
    const counted = { read: 0 }
    await expect(readJsonBody(request(chunked(Infinity, counted)))).rejects.toMatchObject({
      code: "body_too_large",
    })
    expect(counted.read).toBeLessThan(bodyBytesMax + 256 * 1024)
  })

  test("whatever its length header says", async () => {
    await expect(
      readJsonBody(request(chunked(bodyBytesMax + 1), { "content-length": "2" })),
    ).rejects.toMatchObject({ code: "body_too_large" })
  })
})

test("what the strict parser refuses comes with its code and its place", async () => {
  await expect(readJsonBody(request('{"a":1,"a":2}'))).rejects.toMatchObject({
    code: "duplicate_name",
    reasons: [{ code: "duplicate_name", message: expect.stringMatching(/at byte \d+/) as string }],
  })
})
