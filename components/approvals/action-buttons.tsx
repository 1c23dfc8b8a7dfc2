import { Button } from "@/components/ui/button"
import type { Words } from "./decision-words"
import type { Decision } from "./post-vote"
import type { DraftKind } from "./use-draft"

type Props = Readonly<{
  words: Readonly<Record<Decision, Words>>
  /** What is being written, if anything. */
  draft: DraftKind | null
  sending: Decision | null
  mayApprove: boolean
  onApprove: () => void
  onDeny: () => void
  onChanges: () => void
  onNote: () => void
  onClose: () => void
}>

/** The decisions there are. Each button says what happens. */
export function ActionButtons(props: Props) {
  const { words, draft, sending, mayApprove, onApprove, onDeny, onChanges, onNote, onClose } = props
  const isBusy = sending !== null
  const denial = draft === "note" ? null : draft
  const denying = words[denial ?? "deny"]

  return (
    <div className="flex w-full flex-wrap items-center gap-2 md:w-auto">
      {denial === null && (
        <Button look="primary" size="large" shortcut="A" disabled={!mayApprove} onClick={onApprove}>
          {sending === "approve" ? words.approve.busy : words.approve.button}
        </Button>
      )}
      {draft !== "note" && (
        <Button
          look={denial === null ? "plain" : "primary"}
          size="large"
          {...(draft === null && { shortcut: "D" })}
          disabled={isBusy}
          onClick={onDeny}
        >
          {sending !== null && sending !== "approve" ? denying.busy : denying.button}
        </Button>
      )}
      {draft === null ? (
        <span className="hidden gap-2 md:inline-flex">
          <Button look="quiet" size="large" shortcut="R" disabled={isBusy} onClick={onChanges}>
            {words.request_changes.button}
          </Button>
          <Button look="quiet" size="large" shortcut="C" disabled={isBusy} onClick={onNote}>
            Add a note
          </Button>
        </span>
      ) : (
        <Button look="quiet" size="large" disabled={isBusy} onClick={onClose}>
          Back
        </Button>
      )}
    </div>
  )
}
