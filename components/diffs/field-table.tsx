import { Visible } from "@/components/ui/visible"
import type { FieldRow } from "./field-model"

/** A record's fields, from and to: three columns where there is room, else one below the other. */
export function FieldTable({ fields }: Readonly<{ fields: readonly FieldRow[] }>) {
  return (
    <div role="table" aria-label="Changed fields" className="text-sm">
      <div role="rowgroup" className="sr-only">
        <div role="row">
          <span role="columnheader">Field</span>
          <span role="columnheader">From</span>
          <span role="columnheader">To</span>
        </div>
      </div>
      <div role="rowgroup">
        {fields.map((field) => (
          <FieldLine key={`${field.op} ${field.path} ${field.to ?? ""}`} field={field} />
        ))}
      </div>
    </div>
  )
}

const opWords = { add: "added", remove: "removed", replace: "changed" } as const

function FieldLine({ field }: Readonly<{ field: FieldRow }>) {
  return (
    <div
      role="row"
      className="grid border-b border-line md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_minmax(0,3fr)]"
    >
      <div role="rowheader" className="flex items-baseline justify-between gap-3 px-3 py-1.5">
        <span className="min-w-0 font-mono">
          {field.path === "" ? "the whole record" : <Visible text={field.path} />}
        </span>
        <span className="text-xs text-muted">
          {field.note === undefined ? opWords[field.op] : <Visible text={field.note} />}
        </span>
      </div>
      <FieldValue side="from" text={field.from} />
      <FieldValue side="to" text={field.to} />
    </div>
  )
}

const sides = {
  from: { mark: "−", Value: "del", ground: "bg-del-soft", ink: "text-del-ink", words: "from" },
  to: { mark: "+", Value: "ins", ground: "bg-add-soft", ink: "text-add-ink", words: "to" },
} as const

function FieldValue({ side, text }: Readonly<{ side: keyof typeof sides; text: string | null }>) {
  const { mark, Value, ground, ink, words } = sides[side]
  if (text === null) {
    return (
      <div role="cell" className="hidden px-3 py-1.5 text-faint md:block">
        not there
      </div>
    )
  }

  return (
    <div role="cell" className={`flex gap-2 px-3 py-1.5 ${ground}`}>
      <span className={`font-mono font-semibold select-none ${ink}`} aria-hidden>
        {mark}
      </span>
      <span className="sr-only">{words}</span>
      <Value className="min-w-0 flex-1 font-mono no-underline">
        <Visible text={text} />
      </Value>
    </div>
  )
}
