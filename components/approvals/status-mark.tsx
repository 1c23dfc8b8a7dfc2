import {
  Ban,
  Check,
  CheckCheck,
  CircleDashed,
  CircleHelp,
  Clock,
  ListChecks,
  TriangleAlert,
  Undo2,
  X,
  type LucideIcon,
} from "lucide-react"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

type Status = ApprovalView["status"]
type Execution = Pick<NonNullable<ApprovalView["execution"]>, "status" | "matchesApproved">
type Props = Readonly<{
  status: Status
  execution: Execution | null
  /** Why it ended, where that says more. */
  because?: string | null
  /** How many stand so, where it is several. */
  count?: number
}>

/** Where an approval stands, by icon and word. */
export function StatusMark({ status, execution, because = null, count }: Props) {
  const { Icon, words } = denials[because ?? ""] ?? markFor(status, execution)

  return (
    <span className="inline-flex items-baseline gap-1.5 text-sm whitespace-nowrap text-ink">
      <Icon size={14} aria-hidden className="shrink-0 self-center text-muted" />
      {count !== undefined && `${count} `}
      {words}
    </span>
  )
}

function markFor(status: Status, execution: Execution | null): Mark {
  if (status !== "consumed" || execution === null) return standing[status]
  return execution.matchesApproved === false ? differing : spent[execution.status]
}

/** A denial that is not only that. */
const denials: Readonly<Record<string, Mark>> = {
  changes_requested: { Icon: Undo2, words: "sent back" },
  approved_in_part: { Icon: ListChecks, words: "approved in part" },
}

type Mark = Readonly<{ Icon: LucideIcon; words: string }>

const standing: Readonly<Record<Status, Mark>> = {
  pending: { Icon: CircleDashed, words: "waiting" },
  approved: { Icon: Check, words: "approved, not yet spent" },
  denied: { Icon: X, words: "denied" },
  expired: { Icon: Clock, words: "expired" },
  cancelled: { Icon: Ban, words: "cancelled" },
  stale: { Icon: TriangleAlert, words: "stale" },
  consumed: { Icon: Check, words: "approved and spent" },
}

const differing: Mark = { Icon: TriangleAlert, words: "applied, not as approved" }

const spent: Readonly<Record<Execution["status"], Mark>> = {
  started: { Icon: Check, words: "approved, being applied" },
  applied: { Icon: CheckCheck, words: "approved and applied" },
  failed: { Icon: TriangleAlert, words: "approved, then failed" },
  unknown: { Icon: CircleHelp, words: "approved, outcome unknown" },
}
