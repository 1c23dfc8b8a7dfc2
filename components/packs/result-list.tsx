import Link from "next/link"
import { policyPath } from "@/components/policies/policy-paths"
import { Badge } from "@/components/ui/badge"
import { Visible } from "@/components/ui/visible"
import type { RolloutResult, TenantResult } from "@/lib/policies/rollout.schema"
import { clientWords } from "./choice-words"

type Props = Readonly<{
  items: RolloutResult["items"]
  nameOf: (tenantId: string) => string
}>

/** What became of it in each client that was chosen. */
export function ResultList({ items, nameOf }: Props) {
  return (
    <div className="flex flex-col">
      <p role="status" className="border-b border-line px-4 py-2 text-sm font-medium md:px-6">
        {summaryWords(items)}
      </p>
      <ul aria-label="Results">
        {items.map((item) => (
          <li
            key={item.tenantId}
            className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 border-b border-line px-4 py-2 text-sm md:px-6"
          >
            <span className="w-full min-w-0 font-medium md:w-64">
              <Visible text={nameOf(item.tenantId)} />
            </span>
            <Badge {...resultWords[item.result]} />
            <Where item={item} />
          </li>
        ))}
      </ul>
    </div>
  )
}

const resultWords = {
  published: { tone: "good", words: "in force" },
  proposed: { tone: "soon", words: "waits" },
  withdrawn: { tone: "good", words: "taken back" },
  left: { tone: "off", words: "left as it was" },
} as const

const countWords = {
  published: "in force",
  proposed: "waiting",
  withdrawn: "taken back",
  left: "left as before",
} as const

const order = ["published", "proposed", "withdrawn", "left"] as const

/** `3 clients: 2 in force, 1 waiting.` */
function summaryWords(items: RolloutResult["items"]): string {
  const counts = order.flatMap((result) => {
    const count = items.filter((item) => item.result === result).length
    return count === 0 ? [] : [`${count} ${countWords[result]}`]
  })

  return `${clientWords(items.length)}: ${counts.join(", ")}.`
}

const linkLook = "rounded text-accent underline underline-offset-4"

function Where({ item }: Readonly<{ item: TenantResult }>) {
  const { tenantId, version, proposalId, message } = item
  if (message !== null) {
    return (
      <span className="min-w-0 text-muted">
        <Visible text={message} />
      </span>
    )
  }

  return proposalId === null ? (
    <Link href={policyPath(tenantId)} className={linkLook}>
      Version {version}
    </Link>
  ) : (
    <Link href={policyPath(tenantId, `/proposals/${proposalId}`)} className={linkLook}>
      See the proposal
    </Link>
  )
}
