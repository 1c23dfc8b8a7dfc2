import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { packPath } from "@/components/packs/pack-paths"
import { DataTable } from "@/components/ui/data-table"
import { EmptyState } from "@/components/ui/empty-state"
import { LaterPages } from "@/components/ui/later-pages"
import { LinkButton } from "@/components/ui/link-button"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { listPacks } from "@/lib/policies/packs.queries"

export const metadata: Metadata = { title: "Packs" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function PacksPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/policies/packs"))

  const { cursor } = await searchParams
  const after = typeof cursor === "string" ? cursor : undefined
  const { items, nextCursor } = await listPacks(person, { cursor: after })
  const mayWrite = person.agencies.some(({ agencyId }) => mayInAgency(person, "policy:manage", agencyId))
  const newPack = mayWrite && (
    <LinkButton look="primary" href="/policies/packs/new">
      New pack
    </LinkButton>
  )

  return (
    <DeskPage
      crumbs={[{ words: "Policies", href: "/policies" }, { words: "Packs" }]}
      title="Packs"
      note="A pack is a policy that you keep for many clients: written once, rolled out to all or some of them, and rolled back."
      actions={items.length > 0 && newPack}
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      {items.length === 0 ? (
        <EmptyState title="No packs yet" action={newPack}>
          {person.agencies.length === 0
            ? "Packs belong to an agency as a whole, and your role is in a client only."
            : "Write one from an example. It is in force nowhere until it is rolled out, and each client’s difference is shown before."}
        </EmptyState>
      ) : (
        <DataTable
          label="Packs"
          rows={items}
          keyOf={({ packId }) => packId}
          hrefOf={({ packId }) => packPath(packId)}
          columns={[
            { head: "Name", cell: ({ name }) => <Visible text={name} /> },
            { head: "Newest", cell: ({ version }) => `version ${version}` },
            { head: "By", cell: ({ createdBy }) => <Visible text={createdBy.name} /> },
            { head: "Changed", cell: ({ changedAt }) => <Time at={changedAt} as="age" />, align: "right" },
          ]}
        />
      )}
      <LaterPages
        startPath={after === undefined ? null : "/policies/packs"}
        nextPath={nextCursor === null ? null : `/policies/packs?cursor=${nextCursor}`}
      />
    </DeskPage>
  )
}
