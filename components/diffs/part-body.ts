import type { DiffView, PartDiff } from "@/lib/changes/change"
import { fieldRows } from "@/lib/changes/field-rows"
import type { Block } from "./block"
import type { FieldRow } from "./field-model"

type View = Exclude<DiffView, { type: "multi" }>
type Body = Readonly<{ preview: string; fields?: readonly FieldRow[]; blocks?: readonly Block[] }>

/** What is laid out of one part. `preview` tells two contents apart, whatever they are. */
export function partBody(view: View | undefined): Body {
  switch (view?.type) {
    case undefined:
      return { preview: "" }
    case "unified":
      return { preview: view.preview }
    case "json_patch": {
      const fields = fieldRows(view.preview)
      return { preview: JSON.stringify(fields), fields }
    }
    case "normalized_json":
      return ofBlocks([
        { title: "What it means", fields: fieldRows(view.preview) },
        { title: "Its text", patch: view.raw },
      ])
    case "message":
      return ofBlocks(messageBlocks(view.preview))
    case "command":
      return ofBlocks(commandBlocks(view.preview))
    case "call":
      return ofBlocks([{ title: "The input", lines: sortedJson(view.preview).split("\n") }])
  }
}

function ofBlocks(blocks: readonly Block[]): Body {
  const shown = blocks.filter((block) => !("fields" in block) || block.fields.length > 0)
  return { preview: JSON.stringify(shown), blocks: shown }
}

type Message = Extract<PartDiff, { type: "message" }>["preview"]

function messageBlocks({ from, replyTo, recipients, subject, body, attachments }: Message): Block[] {
  return [
    {
      title: recipients.length === 1 ? "1 recipient" : `${recipients.length} recipients`,
      fields: recipients.map(({ role, address, isFirst, imitates }) => {
        const first = isFirst === true ? "first contact" : ""
        const imitation = imitates === null ? "" : `looks like ${imitates}`
        return fact(role, address, [first, imitation].filter(Boolean).join(", "))
      }),
    },
    {
      title: "Envelope",
      fields: [
        fact("from", from),
        ...(replyTo === null ? [] : [fact("reply to", replyTo)]),
        ...(subject === null ? [] : [fact("subject", subject)]),
      ],
    },
    { title: "Body", lines: body.split("\n") },
    {
      title: "Attachments, known by their digest only",
      fields: attachments.map(({ name, bytes, digest }) =>
        fact(name, `${bytes.toLocaleString("en-US")} bytes, sha256 ${digest}`),
      ),
    },
  ]
}

type Command = Extract<PartDiff, { type: "command" }>["preview"]

function commandBlocks({ argv, cwd, env, stdinDigest, image }: Command): Block[] {
  return [
    { title: "Arguments, one per line; no shell joins them", lines: argv },
    {
      title: "Where and with what",
      fields: [
        fact("folder", cwd),
        ...(image === null ? [] : [fact("image", image)]),
        ...(stdinDigest === null ? [] : [fact("standard input", `sha256 ${stdinDigest}`)]),
        ...env.map(({ name, digest }) => fact(name, `sha256 ${digest}`, "variable")),
      ],
    },
  ]
}

function fact(path: string, to: string, note = ""): FieldRow {
  return { op: "add", path, from: null, to, note }
}

/** JSON over several lines with its members in canonical order, so that equal inputs read alike. */
function sortedJson(value: unknown): string {
  return JSON.stringify(sorted(value), null, 2)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  const members = Object.create(null) as Record<string, unknown>
  for (const [name, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    members[name] = sorted(member)
  }
  return members
}
