import type { ApiProblem } from "./call-api"

/** What a refused write means to the person who asked for it: what happened, what was not done, what to do. */
const words: Readonly<Record<string, string>> = {
  unauthenticated: "You are signed out. Nothing was changed. Sign in again and repeat it.",
  csrf_failed: "This page is too old to write from. Nothing was changed. Reload it and try again.",
  forbidden: "Your role does not allow this. Nothing was changed.",
  not_found: "It is gone, or no longer yours to see. Nothing was changed. Reload the page.",
  conflict: "Somebody else changed it at the same moment. Nothing of yours was saved. Reload and look again.",
  too_many_attempts: "Too many requests in a short time. Nothing was changed. Wait a moment.",
  outcome_unknown: "The server could not say whether this was saved. Reload the page to see.",
  unavailable: "The server cannot answer right now. Nothing was changed. Try again in a moment.",
  internal: "Something broke on our side. Reload the page to see what was saved.",
  prompt_cancelled: "The prompt was closed or refused. Nothing was changed. Try again when you are ready.",
  prompt_timed_out: "The authenticator did not answer in time. Nothing was changed. Try again.",
  prompt_known: "This authenticator is enrolled already. Nothing was changed. Use another one.",
  prompt_unavailable:
    "This browser cannot ask an authenticator here: it takes https, or http://localhost. Nothing was changed.",
  prompt_failed: "The authenticator could not answer. Nothing was changed. Try again, or use another one.",
  not_sent: "The server could not be reached. Nothing was changed. Try again in a moment.",
  unreachable: "The server could not be reached. It may or may not have been saved: reload the page to see.",
}

/** A problem in honest words, with the id under which the server's log has it when it is ours. */
export function apiProblemWords({ code, detail, requestId }: ApiProblem): string {
  const said = ownWords(code, detail)
  return code === "internal" && requestId !== undefined ? `${said} Request ${requestId}.` : said
}

/** Where the server had more to say than the code does, its own sentence stands. */
function ownWords(code: string, detail: string | undefined): string {
  const known = words[code]
  if (known !== undefined) return known
  return `${detail ?? "The server refused this."} Nothing was changed.`
}
