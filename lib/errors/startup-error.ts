/**
 * The process cannot start, and we know why. Its message is one plain sentence
 * (or one per wrong setting) for the person at the terminal: no stack is shown.
 */
export class StartupError extends Error {
  override readonly name = "StartupError"
}
