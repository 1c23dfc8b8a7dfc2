import type { Mode } from "./post-votes"

type Props = Readonly<{ mode: Mode; onChoose: (mode: Mode) => void }>

/** Whether one refused vote takes the others with it. */
export function ModeChoice({ mode, onChoose }: Props) {
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      <span className="sr-only">If one of them cannot be decided</span>
      <select
        value={mode}
        onChange={(event) => onChoose(event.target.value === "each" ? "each" : "all_or_nothing")}
        className="h-11 rounded-md border border-line-strong bg-raised px-2 text-base text-ink md:h-9 md:text-sm"
      >
        <option value="all_or_nothing">all of them or none</option>
        <option value="each">each on its own</option>
      </select>
    </label>
  )
}
