import {
  Ban,
  Check,
  CheckCheck,
  CircleDashed,
  CircleHelp,
  Clock,
  TriangleAlert,
  X,
  type LucideIcon,
} from "lucide-react"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

type Status = ApprovalView["status"]
type Execution = NonNullable<ApprovalView["execution"]>["status"]
type Props = Readonly<{ status: Status; execution: Execution | null }>

/** Where an approval stands, by icon and word. */
export function StatusMark({ status, execution }: Props) {
  const { Icon, words } = status === "consumed" && execution !== null ? spent[execution] : standing[status]

  return (
    <span className="inline-flex items-center gap-1.5 text-sm whitespace-nowrap text-ink">
      <Icon size={14} aria-hidden className="text-muted" />
      {words}
    </span>
  )
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

const spent: Readonly<Record<Execution, Mark>> = {
  started: { Icon: Check, words: "approved, being applied" },
  applied: { Icon: CheckCheck, words: "approved and applied" },
  failed: { Icon: TriangleAlert, words: "approved, then failed" },
  unknown: { Icon: CircleHelp, words: "approved, outcome unknown" },
}
