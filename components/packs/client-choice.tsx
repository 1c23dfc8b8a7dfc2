"use client"

import { ChevronRight } from "lucide-react"
import Link from "next/link"
import { useId, useState, type ReactNode } from "react"
import { FieldTable } from "@/components/diffs/field-table"
import { policyPath } from "@/components/policies/policy-paths"
import { Strictness } from "@/components/policies/strictness"
import { Badge } from "@/components/ui/badge"
import { controlLook } from "@/components/ui/field"
import { Visible } from "@/components/ui/visible"
import type { Choice } from "./choice"
import { courseCounts } from "./choice-words"
import type { Chosen } from "./use-chosen"

type Props = Readonly<{
  chosen: Chosen
  /** What is done with those chosen. */
  action: ReactNode
}>

const boxLook = "size-4 shrink-0 accent-accent pointer-coarse:size-5"

/** Clients to choose from, each with its own difference, which opens on demand. */
export function ClientChoice({ chosen, action }: Props) {
  const { shown, openCount } = chosen

  return (
    <div className="flex flex-col">
      <div className="sticky top-12 z-10 flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-page px-4 py-2 md:px-6">
        <SelectAll chosen={chosen} />
        <div className="min-w-48 flex-1 md:max-w-64">
          <input
            type="search"
            aria-label="Find a client"
            placeholder="Find a client"
            value={chosen.search}
            onChange={(event) => chosen.setSearch(event.target.value)}
            className={controlLook}
          />
        </div>
        <p role="status" className="min-w-40 flex-1 text-sm text-muted md:text-right">
          {chosen.chosen.length === 0 ? "No client is chosen." : courseCounts(chosen.chosen)}
        </p>
        {action}
      </div>
      {shown.length === 0 ? (
        <p className="px-4 py-3 text-sm text-muted md:px-6">No client is called like this.</p>
      ) : (
        <ul aria-label="Clients">
          {shown.map((choice) => (
            <ClientLine key={choice.tenantId} choice={choice} chosen={chosen} />
          ))}
        </ul>
      )}
      {openCount === 0 && shown.length > 0 && (
        <p className="px-4 py-3 text-sm text-muted md:px-6">None of these clients can be chosen.</p>
      )}
    </div>
  )
}

function SelectAll({ chosen }: Readonly<{ chosen: Chosen }>) {
  const { openCount, areAll, toggleAll } = chosen
  const isSome = chosen.chosen.length > 0 && !areAll

  return (
    <label className="flex items-center gap-3 text-sm">
      <input
        type="checkbox"
        checked={areAll}
        disabled={openCount === 0}
        onChange={toggleAll}
        ref={(box) => {
          if (box !== null) box.indeterminate = isSome
        }}
        className={boxLook}
      />
      All {openCount}
    </label>
  )
}

function ClientLine({ choice, chosen }: Readonly<{ choice: Choice; chosen: Chosen }>) {
  const { tenantId, name, course, mark, why, diff } = choice
  const [isOpen, setOpen] = useState(false)
  const whyId = useId()

  return (
    <li className="flex items-start gap-3 border-b border-line px-4 py-2 md:px-6">
      <input
        type="checkbox"
        aria-label={name}
        aria-describedby={whyId}
        checked={course !== "none" && chosen.has(tenantId)}
        disabled={course === "none"}
        onChange={() => chosen.toggle(tenantId)}
        className={`mt-0.5 ${boxLook}`}
      />
      <details
        className="group min-w-0 flex-1 text-sm"
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary className="flex list-none items-baseline gap-2 rounded-md hover:bg-hover">
          <ChevronRight
            size={14}
            aria-hidden
            className="shrink-0 self-start mt-1 transition-transform group-open:rotate-90"
          />
          <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3 gap-y-0.5">
            <span className="w-full min-w-0 font-medium md:w-64">
              <Visible text={name} />
            </span>
            <Badge {...mark} />
            <span className="text-muted tabular-nums">{changeWords(diff.length)}</span>
            {why !== null && (
              <span id={whyId} className="min-w-0 text-muted md:flex-1">
                <Visible text={why} />
              </span>
            )}
          </span>
        </summary>
        {isOpen && <ClientDifference choice={choice} />}
      </details>
    </li>
  )
}

function changeWords(count: number): string {
  if (count === 0) return ""
  return count === 1 ? "1 change" : `${count} changes`
}

function ClientDifference({ choice }: Readonly<{ choice: Choice }>) {
  const { tenantId, against, diff, loosens, tightens, hasOpenProposal } = choice

  return (
    <div className="flex flex-col gap-2 py-2">
      <p className="text-muted">
        {against}{" "}
        <Link href={policyPath(tenantId)} className="rounded text-accent underline underline-offset-4">
          {hasOpenProposal ? "See its policy and what waits" : "See its policy"}
        </Link>
      </p>
      {diff.length > 0 && (
        <div className="rounded-md border border-line">
          <FieldTable fields={diff} />
        </div>
      )}
      <Strictness loosens={loosens} tightens={tightens} against="what holds there" />
    </div>
  )
}
