import { Button } from "@/components/ui/button"

type Props = Readonly<{
  words: Readonly<Record<"approve" | "deny", Readonly<{ button: string; busy: string }>>>
  /** What is being written, if anything. */
  draft: "deny" | "comment" | null
  sending: "approve" | "deny" | null
  mayApprove: boolean
  onApprove: () => void
  onDeny: () => void
  onComment: () => void
  onClose: () => void
}>

/** The decisions there are. Each button says what happens. */
export function ActionButtons(props: Props) {
  const { words, draft, sending, mayApprove, onApprove, onDeny, onComment, onClose } = props
  const isBusy = sending !== null

  return (
    <div className="flex w-full flex-wrap items-center gap-2 md:w-auto">
      {draft !== "deny" && (
        <Button look="primary" size="large" shortcut="A" disabled={!mayApprove} onClick={onApprove}>
          {sending === "approve" ? words.approve.busy : words.approve.button}
        </Button>
      )}
      {draft !== "comment" && (
        <Button
          look={draft === "deny" ? "primary" : "plain"}
          size="large"
          {...(draft === null && { shortcut: "D" })}
          disabled={isBusy}
          onClick={onDeny}
        >
          {sending === "deny" ? words.deny.busy : words.deny.button}
        </Button>
      )}
      {draft === null ? (
        <span className="hidden md:inline">
          <Button look="quiet" size="large" shortcut="C" disabled={isBusy} onClick={onComment}>
            Add a comment
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
