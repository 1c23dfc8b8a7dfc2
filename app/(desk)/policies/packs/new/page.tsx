import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { PackEditor } from "@/components/packs/pack-editor"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"

export const metadata: Metadata = { title: "New pack" }

export default async function NewPackPage() {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/policies/packs/new"))

  const agencies = person.agencies.filter(({ agencyId }) => mayInAgency(person, "policy:manage", agencyId))
  if (agencies.length === 0) redirect("/policies/packs")

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: "Packs", href: "/policies/packs" },
        { words: "New" },
      ]}
      title="New pack"
      note="It is checked while you write, and in force nowhere until you roll it out."
    >
      <PackEditor pack={null} agencies={agencies.map(({ agencyId, name }) => ({ agencyId, name }))} />
    </DeskPage>
  )
}
