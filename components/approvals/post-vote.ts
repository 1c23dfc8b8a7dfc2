import type { Problem } from "./problem-words"

export type Vote = Readonly<{ decision: "approve" | "deny"; changeHash: string; reason?: string }>
export type VoteAnswer = Readonly<{ ok: true; status: string }> | Readonly<{ ok: false; problem: Problem }>

/** Casts a vote through the REST API, for the change that is on the page. */
export async function postVote(approvalId: string, vote: Vote): Promise<VoteAnswer> {
  const session = await fetch("/api/v1/session", { cache: "no-store" }).catch(() => null)
  if (session === null) return { ok: false, problem: { code: "not_sent" } }
  if (!session.ok) return { ok: false, problem: await problemIn(session) }

  const { csrfToken } = (await session.json()) as { csrfToken: string }
  const response = await fetch(`/api/v1/approvals/${approvalId}/votes`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify(vote),
  }).catch(() => null)
  if (response === null) return { ok: false, problem: { code: "unreachable" } }
  if (!response.ok) return { ok: false, problem: await problemIn(response) }

  const { status } = (await response.json()) as { status: string }
  return { ok: true, status }
}

async function problemIn(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem
  } catch {
    return { code: response.status === 503 ? "unavailable" : "internal" }
  }
}
