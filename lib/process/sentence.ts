import { StartupError } from "@/lib/errors/startup-error"

/** What a person at the terminal reads of a failure: one sentence where we know it, the stack where we do not. */
export function sentenceOf(error: unknown): string {
  if (error instanceof StartupError) return error.message.replaceAll("\n", "\n  ")

  const { code, path } = error as NodeJS.ErrnoException
  if (code === "ENOSPC") return "The disk is full; nothing was started. Make room and start again."
  if (code === "EACCES" || code === "EROFS")
    return `This user may not write ${path ?? "there"}; check DELTASEAL_DATA_DIR.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
