import { KeyRound } from "lucide-react"

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
