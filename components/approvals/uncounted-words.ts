import type { Uncounted } from "@/lib/approvals/quorum"

type Words = Readonly<Record<Uncounted["why"], string>>

/** Why somebody's approving vote does not count now, after their name. */
export const othersUncounted: Words = {
  no_reason: "whose vote gives no reason, and one is asked for now",
  unsigned: "whose vote is not signed, or with an authenticator that was taken away",
  as_one: "who counts as one person with another who approved",
  ineligible: "who could not vote on this now",
}

/** The same to the person whose vote it is. */
export const ownUncounted: Words = {
  no_reason: "It does not count: it gives no reason, and one is asked for now. Withdraw it and decide again.",
  unsigned:
    "It does not count: it is not signed, or with an authenticator that was taken away. Withdraw it and decide again.",
  as_one: "It does not count: you count as one person with another who approved.",
  ineligible: "It does not count: you could not vote on this now.",
}
