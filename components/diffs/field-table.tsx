import { Visible } from "@/components/ui/visible"
import type { Fact, FieldRow } from "./field-model"
import { changedRanges, type Range } from "./word-changes"

/** Fields, from and to, and facts: in columns where there is room, else one below the other. */
export function FieldTable({ fields }: Readonly<{ fields: readonly FieldRow[] }>) {
  const areFacts = fields.every(({ op }) => op === "fact")
  const heads = areFacts ? ["What", "Value"] : ["Field", "From", "To"]

  return (
    <div role="table" aria-label={areFacts ? "Facts" : "Changed fields"} className="text-sm">
      <div role="rowgroup" className="sr-only">
        <div role="row">
          {heads.map((head) => (
            <span key={head} role="columnheader">
              {head}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {fields.map((field, index) =>
          field.op === "fact" ? (
            <FactLine key={index} fact={field} columns={areFacts ? 1 : 2} />
          ) : (
            <FieldLine key={index} field={field} />
          ),
        )}
      </div>
    </div>
  )
}

type Change = Exclude<FieldRow, Fact>

const opWords = { add: "added", remove: "removed", replace: "changed" } as const

function FieldLine({ field }: Readonly<{ field: Change }>) {
  const { op, path, from, to } = field
  const changes = isOneLine(from) && isOneLine(to) ? changedRanges(from, to) : null

  return (
    <div
      role="row"
      className="grid border-b border-line md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_minmax(0,3fr)]"
    >
      <div role="rowheader" className="flex items-baseline justify-between gap-3 px-3 py-1.5">
        <span className="min-w-0 font-mono">
          {path === "" ? (
            <span className="font-sans text-muted">the whole of it</span>
          ) : (
            <Visible text={path} />
          )}
        </span>
        <span className="text-xs text-muted">{opWords[op]}</span>
      </div>
      <FieldValue side="from" text={from} changed={changes?.removed} />
      <FieldValue side="to" text={to} changed={changes?.added} />
    </div>
  )
}

function isOneLine(text: string | null): text is string {
  return text !== null && !text.includes("\n")
}

const sides = {
  from: { mark: "−", kind: "removed", Value: "del", ground: "bg-del-soft", ink: "text-del-ink" },
  to: { mark: "+", kind: "added", Value: "ins", ground: "bg-add-soft", ink: "text-add-ink" },
} as const

type ValueProps = Readonly<{
  side: keyof typeof sides
  text: string | null
  changed: readonly Range[] | undefined
}>

function FieldValue({ side, text, changed }: ValueProps) {
  const { mark, kind, Value, ground, ink } = sides[side]
  if (text === null) {
    return (
      <div role="cell" className="hidden px-3 py-1.5 text-faint md:block">
        not there
      </div>
    )
  }

  return (
    <div role="cell" data-kind={kind} className={`flex gap-2 px-3 py-1.5 ${ground}`}>
      <span className={`font-mono font-semibold select-none ${ink}`} aria-hidden>
        {mark}
      </span>
      <span className="sr-only">{side}</span>
      <Value className="min-w-0 flex-1 font-mono no-underline">
        {text.split("\n").map((line, index) => (
          <span key={index} className="block">
            <Visible text={line} changed={changed} />
          </span>
        ))}
      </Value>
    </div>
  )
}

/** A fact has one value; beside rows of two it takes the place of both. */
function FactLine({ fact, columns }: Readonly<{ fact: Fact; columns: 1 | 2 }>) {
  return (
    <div role="row" className="grid border-b border-line md:grid-cols-[minmax(0,2fr)_minmax(0,6fr)]">
      <div role="rowheader" className="px-3 pt-1.5 font-mono text-muted md:pb-1.5">
        <Visible text={fact.path} />
      </div>
      <div
        role="cell"
        aria-colspan={columns}
        className="flex flex-wrap items-baseline gap-x-2 gap-y-1 px-3 pb-1.5 md:pt-1.5"
      >
        <FactValue fact={fact} />
        {fact.flags.map((flag) => (
          <span
            key={flag}
            className="rounded border border-look-line bg-look px-1.5 text-xs leading-4.5 font-medium text-look-ink"
          >
            <Visible text={flag} />
          </span>
        ))}
      </div>
    </div>
  )
}

function FactValue({ fact: { to, note } }: Readonly<{ fact: Fact }>) {
  if (to === null) return <span className="text-faint">{note}</span>
  if (to === "") return <span className="text-faint">empty</span>
  return (
    <span className="min-w-0 font-mono">
      <Visible text={to} />
    </span>
  )
}
