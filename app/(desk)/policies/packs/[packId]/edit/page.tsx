import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { PackEditor } from "@/components/packs/pack-editor"
import { packPath } from "@/components/packs/pack-paths"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { readPack } from "@/lib/policies/packs.queries"
import { orElsewhere } from "../../../../or-elsewhere"

export const metadata: Metadata = { title: "Edit pack" }

type Props = Readonly<{ params: Promise<{ packId: string }> }>

export default async function EditPackPage({ params }: Props) {
  const { packId } = await params
  const path = packPath(packId, "/edit")
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const pack = await orElsewhere(readPack(person, packId), path)
  if (!mayInAgency(person, "policy:manage", pack.agencyId)) redirect(packPath(packId))

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: "Packs", href: "/policies/packs" },
        { words: pack.name, href: packPath(packId) },
        { words: "Edit" },
      ]}
      title="Edit pack"
      note="It is checked while you write. Clients keep what was rolled out to them until you roll the new version out."
    >
      <PackEditor key={packId} pack={{ packId, version: pack.version, text: pack.text }} agencies={[]} />
    </DeskPage>
  )
}
