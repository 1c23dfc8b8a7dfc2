import Link from "next/link"
import { policyPath } from "@/components/policies/policy-paths"
import { proposalStatusWords } from "@/components/policies/proposal-words"
import { Badge } from "@/components/ui/badge"
import { DataTable, type Column } from "@/components/ui/data-table"
import { Visible } from "@/components/ui/visible"
import type { RolloutView } from "@/lib/policies/rollout.schema"

type Item = RolloutView["items"][number]

/** What a roll-out came to in each client that it reached, and what rolling it back did. */
export function RolloutClients({ items }: Readonly<{ items: readonly Item[] }>) {
  return (
    <DataTable
      label="Clients"
      rows={items}
      keyOf={({ tenantId }) => tenantId}
      columns={[
        { head: "Client", cell: ({ name }) => <Visible text={name} /> },
        { head: "Rolled out", cell: (item) => <RolledOut item={item} />, onPhone: "bare" },
        ...(items.some(({ back }) => back !== null) ? [rolledBack] : []),
      ]}
    />
  )
}

const rolledBack: Column<Item> = {
  head: "Rolled back",
  cell: ({ tenantId, back }) => back !== null && <Back tenantId={tenantId} back={back} />,
  onPhone: ({ back }) => (back === null ? "hidden" : "named"),
}

function RolledOut({ item }: Readonly<{ item: Item }>) {
  const { tenantId, version, inForce, isInForce, proposalId, proposalStatus } = item
  if (version === null) {
    return (
      <Outcome
        mark={proposalStatusWords[proposalStatus ?? "open"]}
        href={policyPath(tenantId, `/proposals/${proposalId}`)}
        words="proposal"
      />
    )
  }

  return (
    <Outcome
      mark={
        isInForce
          ? { tone: "good", words: "in force" }
          : { tone: "off", words: `replaced by version ${inForce}` }
      }
      href={policyPath(tenantId, `/versions/${version}`)}
      words={`version ${version}`}
    />
  )
}

type BackProps = Readonly<{ tenantId: string; back: NonNullable<Item["back"]> }>

function Back({ tenantId, back: { version, proposalId, proposalStatus } }: BackProps) {
  if (version === null) {
    return (
      <Outcome
        mark={proposalStatusWords[proposalStatus ?? "open"]}
        href={policyPath(tenantId, `/proposals/${proposalId}`)}
        words="proposal"
      />
    )
  }

  return (
    <Outcome
      mark={{ tone: "good", words: "done" }}
      href={policyPath(tenantId, `/versions/${version}`)}
      words={`version ${version}`}
    />
  )
}

type OutcomeProps = Readonly<{
  mark: Readonly<{ tone: "good" | "soon" | "off"; words: string }>
  href: string
  words: string
}>

function Outcome({ mark, href, words }: OutcomeProps) {
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <Badge {...mark} />
      <Link href={href} className="rounded text-accent underline underline-offset-4">
        {words}
      </Link>
    </span>
  )
}
