import type { Caller, Reply } from "./api"
import type { Pending } from "./calls"

/** The part of the write that tests ask for. */
export const aPart = {
  kind: "file",
  target: { workspace: "main", path: "docs/a.txt" },
  before: { text: "alpha\nbeta\n" },
  after: { text: "alpha\ngamma\n" },
}

/** A policy that puts everything to one reviewer, unless it says more. */
export const askAlways = (more = "") => `rules:\n  - name: all\n    effect: require_approval\n${more}`

export const codeOf = ({ status, body }: Reply): readonly unknown[] => [status, body?.code]

/** Where an approval is, or something of it. */
export const about = ({ approvalId }: Pick<Pending, "approvalId">, rest = "") =>
  `/api/v1/approvals/${approvalId}${rest}`

export const readBy = async (who: Caller, pending: Pick<Pending, "approvalId">) =>
  (await who.get(about(pending))).body
