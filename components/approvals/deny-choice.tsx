import type { DraftKind } from "./use-draft"

type Props = Readonly<{
  kind: Exclude<DraftKind, "note">
  onKind: (kind: Exclude<DraftKind, "note">) => void
  /** How much else of the run waits or is approved and not used; null where this person may not stop runs. */
  othersInRun: number | null
  isStopping: boolean
  onStopping: (isStopping: boolean) => void
}>

/** For good, or to be changed and asked for again; and whether the run ends with it. */
export function DenyChoice({ kind, onKind, othersInRun, isStopping, onStopping }: Props) {
  return (
    <fieldset className="fade-in flex flex-wrap items-baseline gap-x-5 gap-y-1 text-sm">
      <legend className="sr-only">What becomes of it</legend>
      {choices.map((choice) => (
        <label key={choice.kind} className="flex min-h-7 cursor-pointer items-center gap-2">
          <input
            type="radio"
            name="denial"
            checked={kind === choice.kind}
            onChange={() => onKind(choice.kind)}
            className="accent-accent"
          />
          {choice.words}
        </label>
      ))}
      {kind === "deny" && othersInRun !== null && (
        <label className="flex min-h-7 cursor-pointer items-center gap-2">
          <input
            type="checkbox"
            checked={isStopping}
            onChange={(event) => onStopping(event.target.checked)}
            className="accent-accent"
          />
          <span>
            and stop this run <span className="text-muted">({reachWords(othersInRun)})</span>
          </span>
        </label>
      )}
    </fieldset>
  )
}

const choices = [
  { kind: "deny", words: "Deny it for good" },
  { kind: "request_changes", words: "Ask for changes" },
] as const

function reachWords(others: number): string {
  if (others === 0) return "for good; nothing else of it waits"
  return others === 1
    ? "for good; its one other open change is cancelled"
    : `for good; its ${others} other open changes are cancelled`
}
