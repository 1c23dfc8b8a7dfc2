import { parseStrictJson, StrictJsonError, type JsonValue } from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"
import { bodyBytesMax } from "@/lib/kernel/body-bytes"

/** What a body says, undefined when there is none at all, and how many bytes it has. */
export type JsonBody = Readonly<{ value: JsonValue | undefined; bytes: number }>

/**
 * Reads a JSON body through the strict parser (SPEC 2.3).
 *
 * @throws AppError `body_too_large`, `unsupported_media_type`, or the parser's code with the place
 */
export async function readJsonBody(request: Request): Promise<JsonBody> {
  const bytes = await readBytes(request)
  if (bytes.byteLength === 0) return { value: undefined, bytes: 0 }

  const type = request.headers.get("content-type") ?? ""
  if (!/^application\/json(?:;\s*charset="?utf-8"?)?$/i.test(type.trim())) {
    throw new AppError("unsupported_media_type", "Send the body as application/json.")
  }

  try {
    return { value: parseStrictJson(bytes), bytes: bytes.byteLength }
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    const where = `at byte ${error.offset}`
    throw new AppError(error.code, undefined, {
      reasons: [{ code: error.code, message: `${error.message} (${where})` }],
    })
  }
}

/**
 * Stops reading at the limit. A body whose length was announced is no longer
 * than that, because HTTP ends it there; it is read in one piece, without the
 * stream that costs more than all the rest of a small request.
 */
async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get("content-length")
  if (announced !== null && /^\d{1,15}$/.test(announced)) {
    if (Number(announced) > bodyBytesMax) throw tooLarge()
    const bytes = new Uint8Array(await request.arrayBuffer())
    if (bytes.byteLength > bodyBytesMax) throw tooLarge()
    return bytes
  }
  if (request.body === null) return new Uint8Array()

  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength
    if (size > bodyBytesMax) {
      await reader.cancel()
      throw tooLarge()
    }
    chunks.push(next.value)
  }

  return chunks.length === 1 ? (chunks[0] ?? new Uint8Array()) : Buffer.concat(chunks)
}

function tooLarge(): AppError {
  return new AppError("body_too_large", `A body is at most ${bodyBytesMax} bytes.`)
}
