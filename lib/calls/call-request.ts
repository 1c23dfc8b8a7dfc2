import type { KeyCredential } from "@/lib/keys/credential"
import type { Idempotency } from "@/lib/operations/idempotency"
import type { ToolCallBody } from "./call.schema"

/** Who asks, and how: the key, a create that may be repeated, and whether the caller is still there. */
export type CallRequest = Readonly<{
  credential: KeyCredential
  body: ToolCallBody
  /** Of the request that it came in. */
  bodyBytes: number
  idempotency: Idempotency | null
  signal: AbortSignal
}>
