import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { EmptyState } from "@/components/ui/empty-state"
import { LaterPages } from "@/components/ui/later-pages"
import { LinkButton } from "@/components/ui/link-button"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { listPolicyPlaces } from "@/lib/policies/policy-places.queries"

export const metadata: Metadata = { title: "Policies" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function PoliciesPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/policies"))

  const { cursor } = await searchParams
  const after = typeof cursor === "string" ? cursor : undefined
  const { items, nextCursor } = await listPolicyPlaces(person, { cursor: after })

  return (
    <DeskPage
      crumbs={[{ words: "Policies" }]}
      title="Policies"
      note="A policy says what a client’s agents may do, what they ask people for, and what they may not do at all."
      actions={
        <>
          {person.tenants.some(({ tenantId }) => may(person, "attention:read", tenantId)) && (
            <LinkButton look="plain" href="/attention">
              Attention
            </LinkButton>
          )}
          {person.agencies.length > 0 && (
            <LinkButton look="plain" href="/policies/packs">
              Packs for many clients
            </LinkButton>
          )}
        </>
      }
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      {items.length === 0 ? (
        <EmptyState title="No clients yet">Each client has a policy of its own.</EmptyState>
      ) : (
        <DataTable
          label="Policies"
          rows={items}
          keyOf={({ tenantId }) => tenantId}
          hrefOf={({ tenantId }) => `/policies/${tenantId}`}
          columns={[
            { head: "Client", cell: ({ name }) => <Visible text={name} /> },
            {
              head: "In force",
              cell: ({ version }) => (version === 1 ? "the tier defaults" : `version ${version}`),
            },
            { head: "Rules", cell: ({ rules }) => rules ?? "cannot be read", align: "right" },
            {
              head: "Waiting",
              cell: ({ openProposals }) =>
                openProposals > 0 && (
                  <Badge
                    tone="soon"
                    words={`${openProposals} ${openProposals === 1 ? "proposal" : "proposals"}`}
                  />
                ),
              onPhone: ({ openProposals }) => (openProposals > 0 ? "bare" : "hidden"),
            },
            {
              head: "Since",
              cell: ({ publishedAt }) => publishedAt !== null && <Time at={publishedAt} as="age" />,
              align: "right",
              onPhone: ({ publishedAt }) => (publishedAt === null ? "hidden" : "named"),
            },
          ]}
        />
      )}
      <LaterPages
        startPath={after === undefined ? null : "/policies"}
        nextPath={nextCursor === null ? null : `/policies?cursor=${nextCursor}`}
      />
    </DeskPage>
  )
}
