import { Check, CircleDashed, Dot, TriangleAlert, type LucideIcon } from "lucide-react"
import { WhyDisclosure } from "@/components/policies/why-disclosure"
import { ExplainAgain } from "@/components/replays/explain-again"
import { IdLink } from "@/components/ui/id-link"
import { shortId } from "@/components/ui/short-id"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { RunEvent } from "@/lib/runs/run.schema"
import { codeWords, eventWords, partyWords, type EventTone } from "./event-words"

/** One event: when, what, with which tool, by whom, and what there is to know of it. */
export function RunEventRow({ event }: Readonly<{ event: RunEvent }>) {
  const { title, tone } = eventWords(event)
  const { Icon, look } = marks[tone]
  const { tool, gates } = event

  return (
    <li className="grid grid-cols-[64px_16px_minmax(0,1fr)] gap-x-3 border-b border-line px-4 py-2 text-sm md:px-6">
      <span className="text-muted">
        <Time at={event.timestamp} as="clock" isFocusable />
      </span>
      <Icon size={16} aria-hidden className={`mt-0.5 ${look}`} />
      <div className="flex min-w-0 flex-col gap-1">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <span className={tone === "look" ? "font-medium text-look-ink" : "font-medium"}>{title}</span>
          {tool !== null && (
            <span className="font-mono text-xs text-muted">
              <Visible text={tool.server} /> · <Visible text={tool.name} /> <Visible text={tool.version} />
            </span>
          )}
          <span className="text-muted">
            by <span title={event.by.id}>{partyWords(event.by, shortId)}</span>
          </span>
          {gates.approvalId !== null && (
            <span className="font-mono text-xs">
              <IdLink href={`/approvals/${gates.approvalId}`} id={gates.approvalId} />
            </span>
          )}
        </div>
        <Reasons result={event.result} />
        {(event.matchedRule !== null || event.checks.length > 0) && (
          <WhyDisclosure
            words={
              event.matchedRule === null ? (
                "why?"
              ) : (
                <>
                  why? rule “<Visible text={event.matchedRule} />”
                </>
              )
            }
            checks={event.checks}
          />
        )}
        {event.callId !== null && event.eventType.startsWith("tool_call.") && (
          <ExplainAgain callId={event.callId} />
        )}
        <Receipts receipts={event.receipts} />
      </div>
    </li>
  )
}

const marks = {
  mark: { Icon: Dot, look: "text-muted" },
  waits: { Icon: CircleDashed, look: "text-muted" },
  good: { Icon: Check, look: "text-muted" },
  look: { Icon: TriangleAlert, look: "text-look-ink" },
} as const satisfies Record<EventTone, { Icon: LucideIcon; look: string }>

/** The reasons that were given; where there are none, what the code stands for. */
function Reasons({ result: { code, reasons = [] } }: Pick<RunEvent, "result">) {
  if (code === undefined && reasons.length === 0) return null

  return (
    <ul aria-label="Reasons" className="flex list-disc flex-col gap-0.5 pl-4 text-muted">
      {code !== undefined && reasons.length === 0 && <li title={code}>{codeWords(code)}</li>}
      {reasons.map((reason, index) => (
        <li key={index}>
          <Visible text={reason.message} />{" "}
          <span className="font-mono text-xs text-faint">
            {reason.code}
            {reason.path !== undefined && (
              <>
                {" "}
                at <Visible text={reason.path} />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Receipts({ receipts }: Pick<RunEvent, "receipts">) {
  if (receipts.length === 0) return null

  return (
    <ul aria-label="Receipts" className="flex flex-col gap-0.5">
      {receipts.map((receipt, index) => (
        <li key={index} className="flex flex-wrap gap-x-3 font-mono text-xs text-muted">
          receipt
          {Object.entries(receipt).map(([name, value]) => (
            <span key={name} className="inline-flex min-w-0 gap-1">
              <span className="text-faint">
                <Visible text={name} />
              </span>{" "}
              <Visible text={value} />
            </span>
          ))}
        </li>
      ))}
    </ul>
  )
}
