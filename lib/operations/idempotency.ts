import { createHmac } from "node:crypto"
import { canonicalize, type JsonValue } from "@deltaseal/guard/change"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"

/** A create that its caller may repeat (SPEC 4.2.7). Both are keyed digests: the table repeats nobody's words. */
export type Idempotency = Readonly<{ keyMac: Buffer; bodyMac: Buffer }>

/** What a create with this key came to before. */
export type PriorCreate =
  | Readonly<{ code: "idempotency_mismatch" }>
  | Readonly<{ code?: undefined; resourceId: string; status: number }>

const acceptable = /^[\x21-\x7e]{1,255}$/

/**
 * The digests of a request's `Idempotency-Key` and body; null when it has none.
 *
 * @throws AppError `invalid_idempotency_key` for anything but 1 to 255 visible ASCII characters
 */
export function readIdempotency(header: string | null, body: JsonValue): Idempotency | null {
  if (header === null) return null
  if (!acceptable.test(header)) throw new AppError("invalid_idempotency_key")

  return { keyMac: mac("key", header), bodyMac: mac("body", canonicalize(body)) }
}

function mac(part: "key" | "body", text: string): Buffer {
  return createHmac("sha256", runtime().secrets.keyPepper)
    .update(`deltaseal/idempotency/v1\0${part}\0${text}`)
    .digest()
}
