"use client"

import { useId } from "react"
import { FieldNotes } from "@/components/ui/field"
import { useWrong } from "@/components/ui/form"

/** JSON Pointers, one a line. */
export function PatchPathsField({ paths }: Readonly<{ paths: readonly string[] }>) {
  const id = useId()
  const wrong = useWrong("patchPaths")

  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        Fields
      </label>
      <textarea
        id={id}
        name="patchPaths"
        rows={4}
        spellCheck={false}
        defaultValue={paths.join("\n")}
        aria-describedby={wrong === null ? `${id}-hint` : `${id}-hint ${id}-wrong`}
        aria-invalid={wrong === null ? undefined : true}
        className="w-full min-w-0 rounded-md border border-line-strong bg-raised px-3 py-2 font-mono text-sm text-ink aria-invalid:border-look-ink"
      />
      <FieldNotes
        id={id}
        wrong={wrong}
        hint="JSON Pointers, one a line: /lifecycleStage for a field, /address/city for one inside it. What is below a field goes with it. None means that it may change no field."
      />
    </div>
  )
}
