"use client"

import { memo, type RefObject } from "react"

type Props = Readonly<{
  area: RefObject<HTMLTextAreaElement | null>
  text: string
  onChange: (text: string) => void
  /** Lines with something wrong in them, from 1. */
  wrongLines: ReadonlySet<number>
  /** What says what is wrong. */
  describedBy: string
  isReadOnly?: boolean
}>

const linesMin = 18

/**
 * A text area as tall as its text, with line numbers beside it and the lines
 * that are wrong marked under it. It never scrolls up and down by itself, so
 * that numbers and marks need no scrolling along.
 */
export function YamlArea({ area, text, onChange, wrongLines, describedBy, isReadOnly = false }: Props) {
  const lines = Math.max(linesMin, text.split("\n").length)

  return (
    <div className="relative flex rounded-md border border-line-strong bg-raised font-mono text-sm leading-5 focus-within:border-accent">
      <Lines count={lines} wrong={[...wrongLines].sort((a, b) => a - b).join(" ")} />
      <textarea
        ref={area}
        aria-label="The policy, as YAML"
        aria-describedby={describedBy}
        aria-invalid={wrongLines.size > 0}
        value={text}
        readOnly={isReadOnly}
        onChange={(event) => onChange(event.target.value)}
        rows={lines}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        className="relative block min-w-0 flex-1 resize-none overflow-x-auto overflow-y-hidden bg-transparent py-2 pr-3 pl-2 whitespace-pre outline-none"
      />
    </div>
  )
}

type LinesProps = Readonly<{ count: number; wrong: string }>

/** Line numbers; a wrong line is marked over its whole width. Only drawn anew when one of both changes. */
const Lines = memo(function Lines({ count, wrong }: LinesProps) {
  const wrongLines = new Set(wrong === "" ? [] : wrong.split(" ").map(Number))

  return (
    <div aria-hidden className="w-11 shrink-0 border-r border-line py-2 text-right text-faint select-none">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} data-line={index + 1} className="h-5 pr-2">
          {wrongLines.has(index + 1) && <div className="absolute inset-x-0 h-5 bg-look" />}
          <span className={`relative ${wrongLines.has(index + 1) ? "font-semibold text-look-ink" : ""}`}>
            {index + 1}
          </span>
        </div>
      ))}
    </div>
  )
})
