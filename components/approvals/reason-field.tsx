import type { KeyboardEvent, Ref } from "react"
import type { DraftKind } from "./use-draft"

type Props = Readonly<{
  ref: Ref<HTMLTextAreaElement>
  kind: DraftKind
  text: string
  isMissing: boolean
  /** Whether the approval ended while this was written. */
  isClosed: boolean
  /** Whether nothing can be decided without it. */
  isRequired: boolean
  onChange: (text: string) => void
  onSend: () => void
  onClose: () => void
}>

const bytesMax = 2_048

/** What a person says with their decision. */
export function ReasonField(props: Props) {
  const { ref, kind, text, isMissing, isClosed, isRequired, onChange, onSend, onClose } = props
  const bytes = new TextEncoder().encode(text).length
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose()
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) onSend()
  }

  return (
    <div className="fade-in flex flex-col gap-1">
      <label htmlFor="reason" className="text-sm font-medium">
        {labelOf[kind] ?? noteWords(isRequired)}
      </label>
      <textarea
        ref={ref}
        id="reason"
        rows={2}
        value={text}
        readOnly={isClosed}
        required={isRequired}
        aria-invalid={isMissing || bytes > bytesMax}
        aria-describedby="reason-note"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        className="max-h-48 min-h-16 resize-y rounded-md border border-line-strong bg-raised px-3 py-2 text-base"
      />
      <p id="reason-note" className="text-xs text-muted">
        {noteFor({ isMissing, isClosed, bytes, kind })}
      </p>
    </div>
  )
}

const labelOf: Readonly<Partial<Record<DraftKind, string>>> = {
  deny: "Why not? The agent reads this.",
  request_changes: "What should be different? The agent reads this, changes the call and asks again.",
}

function noteWords(isRequired: boolean): string {
  return isRequired ? "Why? The policy asks for a reason; it is kept" : "Note, kept with your approval"
}

function noteFor({
  isMissing,
  isClosed,
  bytes,
  kind,
}: Pick<Props, "isMissing" | "isClosed" | "kind"> & { bytes: number }) {
  if (isClosed)
    return "This ended while you were writing. Your text was not sent; it stays here for you to copy."
  if (isMissing)
    return <strong className="font-medium text-look-ink">{missingWords[kind]} Nothing was sent yet.</strong>
  if (bytes > bytesMax)
    return <strong className="font-medium text-look-ink">{`${bytes} bytes: at most 2,048.`}</strong>
  return kind === "note"
    ? "Ctrl or ⌘ and Enter approves with it; Esc goes back."
    : "Ctrl or ⌘ and Enter sends it; Esc goes back."
}

const missingWords: Readonly<Record<DraftKind, string>> = {
  deny: "A denial needs a reason.",
  request_changes: "Say what should be different.",
  note: "The policy asks for a reason.",
}
