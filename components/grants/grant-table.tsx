import Link from "next/link"
import { policyPath } from "@/components/policies/policy-paths"
import { Badge } from "@/components/ui/badge"
import { DataTable, type Column } from "@/components/ui/data-table"
import { IdLink } from "@/components/ui/id-link"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { GrantView } from "@/lib/grants/grant.schema"
import { boundWords, grantStateWords, whereWords, whoWords } from "./grant-words"
import { RevokeGrant } from "./revoke-grant"

type Props = Readonly<{
  label: string
  tenantId: string
  grants: readonly GrantView[]
  /** Whether those in force can be ended from here. */
  hasActions: boolean
}>

/** Grants: what each lets through, how much is left of it, of which decision it was made and by whom. */
export function GrantTable({ label, tenantId, grants, hasActions }: Props) {
  const action: Column<GrantView> = {
    head: "Action",
    align: "right",
    onPhone: ({ state }) => (state === "in_force" ? "bare" : "hidden"),
    cell: (grant) =>
      grant.state === "in_force" ? (
        <RevokeGrant tenantId={tenantId} grant={grant} />
      ) : (
        <span className="text-faint">–</span>
      ),
  }

  return (
    <DataTable
      label={label}
      rows={grants}
      keyOf={({ name, proposalId }) => `${name} ${proposalId ?? ""}`}
      columns={[
        { head: "Lets through", cell: (grant) => <Reach grant={grant} /> },
        { head: "Uses left", align: "right", cell: (grant) => <UsesLeft grant={grant} /> },
        { head: "Until", cell: (grant) => <Until grant={grant} /> },
        {
          head: "Made of",
          cell: ({ from }) => (
            <span className="font-mono text-xs">
              <IdLink href={`/approvals/${from}`} id={from} />
            </span>
          ),
        },
        { head: "By", cell: (grant) => <Who grant={grant} /> },
        { head: "State", onPhone: "bare", cell: (grant) => <State tenantId={tenantId} grant={grant} /> },
        ...(hasActions ? [action] : []),
      ]}
    />
  )
}

function Reach({ grant }: Readonly<{ grant: GrantView }>) {
  const where = whereWords(grant)

  return (
    <span className="flex flex-col font-normal md:max-w-md md:whitespace-normal">
      <span>
        <span className="font-mono font-medium">
          <Visible text={`${grant.server}/${grant.tool}`} />
        </span>{" "}
        <span className="text-muted">may {grant.ops.join(", ")}</span>
      </span>
      {boundWords(grant).map(({ words, names }) => (
        <span key={words}>
          <span className="text-faint">{words}</span>{" "}
          <span className="font-mono text-xs">
            <Visible text={names.join(", ")} />
          </span>
        </span>
      ))}
      {where !== null && (
        <span className="text-faint">
          in <Visible text={where} />
        </span>
      )}
    </span>
  )
}

function UsesLeft({ grant: { usesLeft, maxUses } }: Readonly<{ grant: GrantView }>) {
  return (
    <span className="tabular-nums">
      {usesLeft.toLocaleString("en-US")} of {maxUses.toLocaleString("en-US")}
    </span>
  )
}

function Until({ grant: { until, state } }: Readonly<{ grant: GrantView }>) {
  if (state === "ended") return <Time at={until} as="day" isFocusable />

  return (
    <span className="inline-flex gap-1">
      <Time at={until} as="left" isFocusable /> left
    </span>
  )
}

function Who({ grant }: Readonly<{ grant: GrantView }>) {
  return (
    <span className="md:block md:max-w-44 md:whitespace-normal">
      <Visible text={whoWords(grant)} />
    </span>
  )
}

function State({ tenantId, grant }: Readonly<{ tenantId: string; grant: GrantView }>) {
  const badge = <Badge {...grantStateWords(grant)} />
  if (grant.state !== "waiting" || grant.proposalId === null) return badge

  return (
    <span className="inline-flex flex-wrap gap-x-2">
      {badge}
      <Link
        href={policyPath(tenantId, `/proposals/${grant.proposalId}`)}
        className="rounded text-accent underline underline-offset-4"
      >
        Read the proposal
      </Link>
    </span>
  )
}
