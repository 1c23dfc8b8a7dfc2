import { Ban, Check, CircleDashed, ChevronRight, TriangleAlert, type LucideIcon } from "lucide-react"
import type { ReactNode } from "react"
import type { z } from "zod"
import { Visible } from "@/components/ui/visible"
import type { PolicyCheckView } from "@/lib/approvals/approval.schema"
import { checkWords } from "./check-words"

type PolicyCheck = z.infer<typeof PolicyCheckView>

type Props = Readonly<{
  /** The question and its short answer: `why? rule “prod-writes”`. */
  words: ReactNode
  checks: readonly PolicyCheck[]
}>

/** Why the policy answered as it did: the short answer, and on demand each check with its result. */
export function WhyDisclosure({ words, checks }: Props) {
  if (checks.length === 0) return <span className="text-muted">{words}</span>

  return (
    <details className="group">
      <summary className="flex list-none items-baseline gap-1 text-muted hover:text-ink">
        <ChevronRight
          size={14}
          aria-hidden
          className="shrink-0 self-center transition-transform group-open:rotate-90"
        />
        <span className="min-w-0">
          {words}{" "}
          <span className="text-faint">
            {checks.length} {checks.length === 1 ? "check" : "checks"}
          </span>
        </span>
      </summary>
      <ul className="mt-1 flex flex-col gap-0.5 pl-4.5">
        {checks.map((check, index) => (
          <CheckLine key={index} check={check} />
        ))}
      </ul>
    </details>
  )
}

const results = {
  pass: { Icon: Check, words: "holds", look: "text-muted" },
  fail: { Icon: Ban, words: "does not hold", look: "text-look-ink" },
  error: { Icon: TriangleAlert, words: "could not be made", look: "text-look-ink" },
  not_applicable: { Icon: CircleDashed, words: "does not apply", look: "text-faint" },
} as const satisfies Record<PolicyCheck["result"], { Icon: LucideIcon; words: string; look: string }>

function CheckLine({ check: { check, rule, result, message } }: Readonly<{ check: PolicyCheck }>) {
  const { Icon, words, look } = results[result]

  return (
    <li className="flex gap-1.5">
      <Icon size={14} aria-hidden className={`mt-0.75 shrink-0 ${look}`} />
      <span className="min-w-0">
        <span className="text-faint">
          {checkWords(check)}
          {rule !== null && (
            <>
              , rule <Visible text={rule} />
            </>
          )}
          : {words}.
        </span>{" "}
        <Visible text={message} />
      </span>
    </li>
  )
}
