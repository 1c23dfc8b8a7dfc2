import type { StrictJsonErrorCode } from "./strict-json-error.ts"

/** Where the strict parser stands: `at` is an index into `text`, `nodes` the values read so far. */
export type Reader = { readonly text: string; at: number; nodes: number }

/** A refusal while reading. It counts UTF-16 units; only the way out knows the bytes. */
export class Refusal extends Error {
  readonly code: StrictJsonErrorCode
  readonly at: number

  constructor(code: StrictJsonErrorCode, at: number) {
    super(code)
    this.code = code
    this.at = at
  }
}
