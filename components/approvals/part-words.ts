import type { ApprovalView } from "@/lib/approvals/approval.schema"

/** `1 file`, `3 records`, `1 message`; `4 parts` where they are of several kinds. */
export function partWords(parts: ApprovalView["parts"]): string {
  const kinds = new Set(parts.map(({ kind }) => kind))
  const [only = "part"] = kinds
  const noun: string = kinds.size === 1 ? only : "part"
  return `${parts.length} ${parts.length === 1 ? noun : `${noun}s`}`
}
