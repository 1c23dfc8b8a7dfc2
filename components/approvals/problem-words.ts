import type { ApiProblem } from "@/components/ui/call-api"

/**
 * What a refused vote means to the person who cast it: what happened, what was
 * not done, what to do. A code that is not here speaks through the server's own detail.
 */
const words: Readonly<Record<string, string>> = {
  unauthenticated:
    "You are signed out. Nothing was decided. Sign in again; what you wrote is kept in this window.",
  csrf_failed: "This page is too old to decide from. Nothing was decided. Reload it and decide again.",
  forbidden: "Your role does not allow you to decide here. Nothing was decided.",
  not_found: "This approval is no longer yours to see. Nothing was decided.",
  separation_of_duties: "You cannot decide what you are part of. Nothing was decided; ask another reviewer.",
  counts_as_one:
    "Since a password was reset you count as one with somebody who cannot decide this. Nothing was decided; ask another reviewer.",
  not_shown: "Not all of it was on your screen yet. Nothing was decided.",
  already_voted: "You have already decided this. Nothing was changed.",
  approval_closed:
    "It is no longer open: somebody decided first, or it ended. Your decision was not counted.",
  plan_closed: "No call of this plan waits any more. Your decision was not counted.",
  hash_mismatch:
    "What is asked is not what is on this page any more. Nothing was decided. Reload and read it again.",
  reason_required: "This decision needs a reason. Nothing was decided yet.",
  step_up_required:
    "This decision has to be signed by your authenticator. Nothing was decided. Reload the page and decide again.",
  step_up_invalid:
    "What your authenticator signed does not fit this decision. Nothing was decided. Reload the page, read it again and decide again.",
  step_up_expired:
    "The signature came too late: it is good for five minutes. Nothing was decided. Decide again.",
  step_up_spent:
    "This signature was used before. Nothing was decided. Reload the page to see what became of it.",
  no_authenticator: "You have no authenticator, and this decision needs one. Nothing was decided.",
  prompt_cancelled:
    "The prompt of your authenticator was closed or refused. Nothing was decided. Try again when you are ready.",
  prompt_timed_out: "Your authenticator did not answer in time. Nothing was decided. Try again.",
  prompt_unavailable:
    "This browser cannot ask an authenticator here: it takes https, or http://localhost. Nothing was decided.",
  prompt_failed:
    "Your authenticator could not answer. Nothing was decided. Try again, or use another one of yours.",
  conflict: "Somebody else decided at the same moment. Your decision was not counted.",
  invalid_request: "The server could not read this decision. Nothing was decided. The text may be too long.",
  reason_too_long: "The text is too long: at most 2 KiB. Nothing was decided.",
  too_many_attempts: "Too many requests in a short time. Nothing was decided. Wait a moment.",
  outcome_unknown:
    "The server could not say whether this was saved. The page shows it as soon as it is known.",
  unavailable: "The server cannot decide right now. Nothing was decided. Try again in a moment.",
  internal: "Something broke on our side. The page shows below what the server knows.",
  not_sent:
    "The server could not be reached. Nothing was decided; what you wrote stays here. Try again in a moment.",
  unreachable:
    "The server could not be reached. It is not known whether your decision arrived; the page will show it.",
}

/** What the server's own detail says better than any words of ours: which, and until when. */
const spokenFor: readonly string[] = ["edited_recently"]

/** A problem in honest words, with the id under which the server's log has it. */
export function problemWords({ code, detail, requestId }: ApiProblem): string {
  const said = words[code] ?? `${detail ?? "The server refused this."} Nothing was decided.`
  const isOurs = code === "internal" || (words[code] === undefined && !spokenFor.includes(code))
  return isOurs && requestId !== undefined ? `${said} Request ${requestId}.` : said
}
