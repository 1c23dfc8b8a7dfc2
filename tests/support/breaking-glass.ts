import type { Reply } from "./api"
import type { Pending } from "./calls"
import type { MadePerson } from "./world"

type Who = Pick<MadePerson, "caller">

export const why = "The client's shop is down and both reviewers are asleep."
export const alsoWhy = "I spoke to the client; the fix is the one on the page."

/** Far more than there are, so that nothing else approves. */
export const manyOwners = asking("stages: [{group: owners, count: 5}]")

export function asking(approval: string): string {
  return `rules:\n  - name: all\n    effect: require_approval\n    approval: {${approval}}\n`
}

export function breakGlassOf({ approvalId }: Pending): string {
  return `/api/v1/approvals/${approvalId}/break-glass`
}

export function beginBreaking({ caller }: Who, pending: Pending, changes: object = {}): Promise<Reply> {
  return caller.post(breakGlassOf(pending), { changeHash: pending.changeHash, reason: why, ...changes })
}

export function confirmBreaking({ caller }: Who, pending: Pending, changes: object = {}): Promise<Reply> {
  const { changeHash } = pending

  return caller.post(`${breakGlassOf(pending)}/confirm`, { changeHash, reason: alsoWhy, ...changes })
}
