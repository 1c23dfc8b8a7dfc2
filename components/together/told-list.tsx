import { CallNumber } from "@/components/ui/call-number"
import { Visible } from "@/components/ui/visible"
import type { Told } from "./post-votes"

/** What became of each change. */
export function ToldList({ told }: Readonly<{ told: readonly Told[] }>) {
  const isAll = told.every(({ isCast }) => isCast)
  const isNone = told.every(({ isCast }) => !isCast)

  return (
    <div role="status" className="flex max-h-[35dvh] flex-col gap-1.5 overflow-y-auto text-sm">
      <p className="font-medium">{headWords(isAll, isNone)}</p>
      <ul className="flex flex-col gap-1">
        {told.map(({ number, sentence, words, isCast }) => (
          <li key={number} className="flex items-baseline gap-2">
            <CallNumber call={number} />
            <span className="min-w-0">
              <Visible text={sentence} />:{" "}
              <span className={isCast ? "font-medium" : "text-look-ink"}>{words}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function headWords(isAll: boolean, isNone: boolean): string {
  if (isAll) return "Decided."
  return isNone ? "Nothing was decided. In the way stood:" : "Some were decided, some were not:"
}
