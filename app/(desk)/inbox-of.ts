import { cache } from "react"
import { inbox } from "@/lib/approvals/approvals.queries"

/** The inbox, read once per request for the frame's count and the page. */
export const inboxOf = cache(inbox)
