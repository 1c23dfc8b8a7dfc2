/** Why bytes were refused. The same strings are REST problem codes. */
export type StrictJsonErrorCode =
  | "invalid_utf8"
  | "byte_order_mark"
  | "duplicate_name"
  | "lone_surrogate"
  | "noncharacter"
  | "trailing_data"
  | "too_deep"
  | "too_many_nodes"
  | "name_too_long"
  | "number_not_exact"
  | "invalid_json"

/** Bytes that are not the JSON we accept. `offset` counts bytes; the message never quotes them. */
export class StrictJsonError extends Error {
  override readonly name = "StrictJsonError"
  readonly code: StrictJsonErrorCode
  readonly offset: number

  constructor(code: StrictJsonErrorCode, offset: number) {
    super(`The JSON is refused: ${code.replaceAll("_", " ")} at byte ${offset}.`)
    this.code = code
    this.offset = offset
  }
}
