import type { DiffView } from "@/lib/changes/change"
import { fieldRows } from "@/lib/changes/field-rows"
import { laidOut } from "@/lib/changes/laid-out"
import type { Block } from "./block"
import { commandBlocks } from "./command-blocks"
import type { FieldRow } from "./field-model"
import { fileFacts, fileNotes, type FileStates } from "./file-facts"
import { messageBlocks } from "./message-blocks"

type View = Exclude<DiffView, { type: "multi" }>
type Body = Readonly<{
  preview: string
  notes?: readonly string[]
  fields?: readonly FieldRow[]
  blocks?: readonly Block[]
}>

/** What is laid out of one part. `preview` tells two contents apart, whatever they are. */
export function partBody(view: View | undefined, states: FileStates): Body {
  switch (view?.type) {
    case undefined:
      return { preview: "" }
    case "unified": {
      const blocks = fileFacts(states, view.preview)
      return blocks === null ? { preview: view.preview, notes: fileNotes(states) } : ofBlocks(blocks)
    }
    case "json_patch": {
      const fields = fieldRows(view.preview)
      return { preview: JSON.stringify(fields), fields }
    }
    case "normalized_json":
      return ofBlocks(configBlocks(view))
    case "message":
      return ofBlocks(messageBlocks(view.preview))
    case "command":
      return ofBlocks(commandBlocks(view.preview))
    case "call":
      return ofBlocks([{ title: "The whole input", lines: laidOut(view.preview, 0).split("\n") }])
  }
}

/** What a config means first, and under a fold its text, which can say more: comments, order, anchors (ADR 0035). */
function configBlocks({ preview, raw }: Extract<View, { type: "normalized_json" }>): Block[] {
  const fields = fieldRows(preview)
  const isSame = fields.length === 0

  return [
    { title: "What it means", fields },
    {
      title: isSame ? "What it means stays the same; its text changes" : "Its text",
      holds: "also comments, order and layout",
      patch: raw,
      isOpen: isSame,
    },
  ]
}

function ofBlocks(blocks: readonly Block[]): Body {
  const shown = blocks.filter((block) => !("fields" in block) || block.fields.length > 0)
  return { preview: JSON.stringify(shown), blocks: shown }
}
