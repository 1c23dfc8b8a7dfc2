import { flagWords } from "@/components/diffs/flag-words"
import { FlagMark } from "@/components/ui/flag-mark"
import { Visible } from "@/components/ui/visible"

type FlagsProps = Readonly<{ flags: readonly string[]; hiddenCharacters: number }>

/** What a change has about it that people overlook. */
export function Flags({ flags, hiddenCharacters }: FlagsProps) {
  if (flags.length === 0) return null

  return (
    <div role="group" aria-label="What to look at twice" className="flex flex-wrap gap-x-2 gap-y-1">
      {flags.map((flag) => (
        <FlagMark key={flag} words={flagWords(flag, hiddenCharacters)} />
      ))}
    </div>
  )
}

/** What would happen, in the server's own numbers. */
export function Effects({ effects }: Readonly<{ effects: readonly string[] }>) {
  if (effects.length === 0) return null

  return (
    <ul aria-label="What it does" className="flex max-w-5xl flex-wrap gap-x-6 gap-y-0.5 text-sm">
      {effects.map((effect, index) => (
        <li key={index} className="flex min-w-0 items-baseline gap-2">
          <span aria-hidden className="size-1 shrink-0 -translate-y-0.5 rounded-full bg-faint" />
          <Visible text={effect} />
        </li>
      ))}
    </ul>
  )
}
