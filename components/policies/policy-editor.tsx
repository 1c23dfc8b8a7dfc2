"use client"

import type { CheckedDraftView } from "@/lib/policies/policy-version.schema"
import { useAfterPublishing } from "./after-publishing"
import { DraftEditor } from "./draft-editor"
import { effectOf, versionWords } from "./effect-words"
import { policyApiPath } from "./policy-paths"
import { PublishDialog } from "./publish-dialog"
import { Simulation } from "./simulation"
import { StartFrom } from "./start-from"
import { useDrafting } from "./use-drafting"

type Props = Readonly<{
  tenantId: string
  /** The version in force, and what it says. */
  inForce: number
  inForceText: string
}>

/** Writes a policy: checked while one types, shown as a difference before it is published. */
export function PolicyEditor({ tenantId, inForce, inForceText }: Props) {
  const drafting = useDrafting<CheckedDraftView>({
    draftOf: tenantId,
    version: inForce,
    versionText: inForceText,
    checkPath: policyApiPath(tenantId, "/policies/check"),
  })
  const afterPublishing = useAfterPublishing(tenantId)
  const { text, draft, reviewed } = drafting

  return (
    <DraftEditor
      drafting={drafting}
      reviewWords="Review and publish"
      fineWords={fineWords}
      restingWords={
        inForce === 1
          ? "These are the tier defaults, written out."
          : `This is version ${inForce}, as it was written.`
      }
      startFrom={
        <StartFrom
          current={{ words: "What is in force", text: inForceText }}
          isFirst={inForce === 1}
          onStart={drafting.start}
        />
      }
      warning={
        draft !== null && draft.basedOn !== inForce && <Overtaken basedOn={draft.basedOn} inForce={inForce} />
      }
    >
      <Simulation tenantId={tenantId} text={text} isReady={drafting.isFine} />
      <PublishDialog
        tenantId={tenantId}
        reviewed={reviewed}
        onClose={drafting.endReview}
        onPublished={(value) => {
          drafting.endReview()
          drafting.forget()
          afterPublishing(value)
        }}
      />
    </DraftEditor>
  )
}

function fineWords({ comparison, against }: CheckedDraftView): string {
  if (comparison?.isSame === true)
    return `It says what ${versionWords(against)} ${against === 1 ? "say" : "says"}.`

  return `Nothing is wrong with it. ${comparison === null ? "" : effectOf[comparison.takesEffect]}`
}

function Overtaken({ basedOn, inForce }: Readonly<{ basedOn: number; inForce: number }>) {
  return (
    <p className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
      You began this draft on {versionWords(basedOn)}; since then {versionWords(inForce)} has come into force.
      The difference you see before publishing is against what is in force.
    </p>
  )
}
