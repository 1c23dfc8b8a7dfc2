import { ChevronRight } from "lucide-react"
import type { ReactNode } from "react"
import type { GrantView } from "@/lib/grants/grant.schema"
import { GrantTable } from "./grant-table"

type Props = Readonly<{
  tenantId: string
  /** Null where the policy in force cannot be read. */
  grants: readonly GrantView[] | null
  mayRevoke: boolean
  /** What is said where there is none in force and none waits. */
  children: ReactNode
}>

/** The grants that hold or wait, and under them, quieter, what became of the others. */
export function GrantLists({ tenantId, grants, mayRevoke, children }: Props) {
  const now = grants?.filter(({ state }) => state !== "ended") ?? []
  const ended = grants?.filter(({ state }) => state === "ended") ?? []

  return (
    <>
      {now.length > 0 ? (
        <GrantTable label="Grants" tenantId={tenantId} grants={now} hasActions={mayRevoke} />
      ) : (
        <p className="px-4 pt-3 text-sm text-muted md:px-6">
          {grants === null ? "The policy in force cannot be read, so no grant holds." : children}
        </p>
      )}
      {ended.length > 0 && (
        <details className="group pt-2 text-muted">
          <summary className="flex list-none items-center gap-1 px-4 py-1 text-sm hover:text-ink md:px-6">
            <ChevronRight
              size={14}
              aria-hidden
              className="shrink-0 transition-transform group-open:rotate-90"
            />
            {ended.length === 1 ? "One that ended" : `${ended.length} that ended`}
          </summary>
          <GrantTable label="Ended grants" tenantId={tenantId} grants={ended} hasActions={false} />
        </details>
      )}
    </>
  )
}
