import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { packPath } from "@/components/packs/pack-paths"
import { RollBackRollout } from "@/components/packs/roll-back-rollout"
import { RolloutClients } from "@/components/packs/rollout-clients"
import { Fact, FactList } from "@/components/ui/fact-list"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { readPack } from "@/lib/policies/packs.queries"
import { previewRollBack } from "@/lib/policies/rollback-preview.service"
import type { RolloutView } from "@/lib/policies/rollout.schema"
import { readRollout } from "@/lib/policies/rollout-view.queries"
import { orElsewhere } from "../../../../../or-elsewhere"

export const metadata: Metadata = { title: "Roll-out" }

type Props = Readonly<{ params: Promise<{ packId: string; rolloutId: string }> }>

export default async function RolloutPage({ params }: Props) {
  const { packId, rolloutId } = await params
  const path = packPath(packId, `/rollouts/${rolloutId}`)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const rollout = await orElsewhere(readRollout(person, packId, rolloutId), path)
  const pack = await orElsewhere(readPack(person, packId), path)
  const mayRollBack = mayInAgency(person, "policy:manage", pack.agencyId)
  const rows = mayRollBack ? (await previewRollBack(person, packId, rolloutId)).items : null

  return (
    <DeskPage
      crumbs={[
        { words: "Policies", href: "/policies" },
        { words: "Packs", href: "/policies/packs" },
        { words: pack.name, href: packPath(packId) },
        { words: "Roll-out" },
      ]}
      title={
        <>
          Roll-out of <Visible text={pack.name} />, version {rollout.packVersion}
        </>
      }
      note="What it came to in each client that it reached. Clients that were left as they were are not listed."
    >
      <div className="px-4 md:px-6">
        <Facts rollout={rollout} />
      </div>
      <RollBackRollout packId={packId} rolloutId={rolloutId} rows={rows}>
        {rollout.items.length === 0 ? (
          <p className="px-4 py-3 text-sm text-muted md:px-6">
            It reached no client: all were left as they were.
          </p>
        ) : (
          <RolloutClients items={rollout.items} />
        )}
      </RollBackRollout>
    </DeskPage>
  )
}

function Facts({ rollout }: Readonly<{ rollout: RolloutView }>) {
  return (
    <FactList>
      <Fact name="Rolled out by">
        <Visible text={rollout.startedBy.name} />, <Time at={rollout.startedAt} as="age" isFocusable />
      </Fact>
      {rollout.rolledBackAt !== null && (
        <Fact name="Rolled back">
          <Time at={rollout.rolledBackAt} as="age" isFocusable />
        </Fact>
      )}
      <Fact name="Id">
        <IdText id={rollout.rolloutId} label="Copy the roll-out’s id" />
      </Fact>
    </FactList>
  )
}
