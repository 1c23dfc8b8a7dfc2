/** Something the model can correct, or must be told: its message becomes part of a tool result. */
export class WorkspaceError extends Error {
  override readonly name = "WorkspaceError"
}
