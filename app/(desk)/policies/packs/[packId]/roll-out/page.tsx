import type { Metadata } from "next"
import { notFound, redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { packPath } from "@/components/packs/pack-paths"
import { RollOut } from "@/components/packs/roll-out"
import { EmptyState } from "@/components/ui/empty-state"
import { LaterPages } from "@/components/ui/later-pages"
import { Visible } from "@/components/ui/visible"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { readPack } from "@/lib/policies/packs.queries"
import { previewRollout } from "@/lib/policies/rollout-preview.service"
import { orElsewhere } from "../../../../or-elsewhere"

export const metadata: Metadata = { title: "Roll out" }

type Props = Readonly<{
  params: Promise<{ packId: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}>

export default async function RollOutPage({ params, searchParams }: Props) {
  const { packId } = await params
  const { version: versionText, cursor } = await searchParams
  const path = packPath(packId, "/roll-out")
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const pack = await orElsewhere(readPack(person, packId, versionIn(versionText)), path)
  if (!mayInAgency(person, "policy:manage", pack.agencyId)) redirect(packPath(packId))
  const version = pack.shown
  const after = typeof cursor === "string" ? cursor : undefined
  const { items, nextCursor } = await orElsewhere(
    previewRollout(person, packId, { version, cursor: after }),
    path,
  )
  const own = `${path}?version=${version}`

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: "Packs", href: "/policies/packs" },
        { words: pack.name, href: packPath(packId) },
        { words: "Roll out" },
      ]}
      title={
        <>
          Roll out <Visible text={pack.name} />, version {version}
        </>
      }
      note="Choose clients. Open one to see what changes there. Nothing happens before you confirm."
    >
      {items.length === 0 ? (
        <EmptyState title="No clients yet">A pack is rolled out to clients, and there are none.</EmptyState>
      ) : (
        <RollOut key={after ?? ""} packId={packId} version={version} rows={items} />
      )}
      <LaterPages
        startPath={after === undefined ? null : own}
        nextPath={nextCursor === null ? null : `${own}&cursor=${nextCursor}`}
      />
    </DeskPage>
  )
}

function versionIn(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return undefined
  return typeof text === "string" && /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : notFound()
}
