import { AppError, type ErrorCode } from "@/lib/errors/app-error"
import { editedWords, untilWords, type RecentEdit } from "./recent-edit"

/** Why a vote was not taken, with what the voter edited where that is it. */
export function voteRefusal(code: ErrorCode, edited: RecentEdit | null = null): AppError {
  if (edited === null) return new AppError(code)

  return new AppError(
    code,
    `You edited ${editedWords(edited)}, so you cannot decide by it until ${untilWords(edited)}. Ask another reviewer.`,
  )
}
