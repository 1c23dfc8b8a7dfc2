import { KeyRound } from "lucide-react"

/** Says of how many calls of a plan nothing is approved here. */
export function SignedAloneLine({ count }: Readonly<{ count: number }>) {
  return (
    <p role="status" className="flex items-center gap-2 text-sm text-muted">
      <KeyRound size={16} aria-hidden className="shrink-0" />
      {count === 1
        ? "One call needs your security key: it is approved on its own page. Denying takes all of them."
        : `${count} calls need your security key: each is approved on its own page. Denying takes all of them.`}
    </p>
  )
}

/** Says beforehand that approving takes more than a click, and while it is asked for where to look. */
export function StepUpLine({ isAsking }: Readonly<{ isAsking: boolean }>) {
  return (
    <p role="status" className="flex items-center gap-2 text-sm text-muted">
      <KeyRound size={16} aria-hidden className="shrink-0" />
      {isAsking
        ? "Your browser asks for your security key now. What it signs is good for this approval alone."
        : "Approving needs your security key: your browser asks for it after the click. Denying does not."}
    </p>
  )
}
