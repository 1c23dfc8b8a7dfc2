/** Something the model can correct, or must be told: its message becomes part of a tool result. */
export class OfficeError extends Error {
  override readonly name = "OfficeError"
}
