"use client"

import { useRouter } from "next/navigation"
import { DraftEditor } from "@/components/policies/draft-editor"
import { policyExamples } from "@/components/policies/examples"
import { StartFrom } from "@/components/policies/start-from"
import { useDrafting } from "@/components/policies/use-drafting"
import { say } from "@/components/ui/said-line"
import type { CheckedPackView, PackView } from "@/lib/policies/pack.schema"
import { packApiPath, packPath } from "./pack-paths"
import { SavePackDialog } from "./save-pack-dialog"

/** The pack whose next version is written, with its newest. */
export type EditedPack = Readonly<{ packId: string; version: number; text: string }>

type Props = Readonly<{
  /** Null for a new one. */
  pack: EditedPack | null
  /** Where a new one can be kept; one needs no choosing. */
  agencies: readonly Readonly<{ agencyId: string; name: string }>[]
}>

/** Writes a pack as a policy is written; saved, it is in force nowhere until it is rolled out. */
export function PackEditor({ pack, agencies }: Props) {
  const router = useRouter()
  const version = pack?.version ?? 0
  const drafting = useDrafting<CheckedPackView>({
    draftOf: pack?.packId ?? "new-pack",
    version,
    versionText: pack?.text ?? policyExamples[0].text,
    checkPath: pack === null ? "/api/v1/packs/check" : packApiPath(pack.packId, "/versions/check"),
  })
  const { draft } = drafting

  return (
    <DraftEditor
      drafting={drafting}
      reviewWords="Review and save"
      fineWords={fineWords}
      restingWords={
        pack === null ? "This is the first example." : `This is version ${version}, as it was written.`
      }
      startFrom={
        <StartFrom
          current={pack === null ? null : { words: `Version ${version}`, text: pack.text }}
          isFirst={pack === null}
          onStart={drafting.start}
        />
      }
      warning={
        draft !== null && draft.basedOn !== version && <Overtaken basedOn={draft.basedOn} version={version} />
      }
    >
      <SavePackDialog
        packId={pack?.packId ?? null}
        agencies={agencies}
        reviewed={drafting.reviewed}
        onClose={drafting.endReview}
        onSaved={(value) => {
          const saved = value as PackView
          drafting.endReview()
          drafting.forget()
          say(`Version ${saved.version} is saved. It is in force nowhere until it is rolled out.`)
          router.push(packPath(saved.packId))
          router.refresh()
        }}
      />
    </DraftEditor>
  )
}

function fineWords({ comparison, against }: CheckedPackView): string {
  if (comparison?.isSame === true) return `It says what version ${against} says.`

  return "Nothing is wrong with it. Saved, it is in force nowhere until it is rolled out."
}

function Overtaken({ basedOn, version }: Readonly<{ basedOn: number; version: number }>) {
  return (
    <p className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
      You began this draft on version {basedOn}; since then somebody has saved version {version}. The
      difference you see before saving is against version {version}.
    </p>
  )
}
