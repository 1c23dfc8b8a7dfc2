import type { ReactNode } from "react"
import { CopyButton } from "@/components/ui/copy-button"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

/** One fact beside what is decided on. */
export function Fact({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <div className="grid grid-cols-[112px_minmax(0,1fr)] gap-2">
      <dt className="text-faint">{name}</dt>
      <dd className="flex min-w-0 flex-col">{children}</dd>
    </div>
  )
}

/** The hash that a decision is bound to, as four words and eight hex digits. */
export function HashFact({ hash, words }: Readonly<{ hash: string; words: readonly string[] }>) {
  return (
    <Fact name="Hash">
      <span className="font-mono">{words.join("-")}</span>
      <span className="flex items-center gap-1 font-mono text-muted">
        {hash.slice(0, 8)}
        <CopyButton text={hash} label="Copy the full hash" />
      </span>
    </Fact>
  )
}

type AskedBy = Readonly<{ by: ApprovalView["requestedBy"]; at: string }>

export function AskedByFact({ by: { actor, model, keyPrefix }, at }: AskedBy) {
  return (
    <Fact name="Asked by">
      <span>
        agent <Visible text={actor} />
        {model !== null && (
          <>
            {" "}
            with <Visible text={model} />
          </>
        )}
      </span>
      <span className="text-muted">
        <Time at={at} as="age" isFocusable />, key <span className="font-mono text-xs">{keyPrefix}…</span>
      </span>
    </Fact>
  )
}
