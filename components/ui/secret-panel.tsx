"use client"

import { Check, Copy } from "lucide-react"
import { useState } from "react"
import { Button } from "./button"

type Props = Readonly<{
  /** What it is: `API key`, `invitation link`. */
  name: string
  secret: string
  /** What to do with it, and for how long it is good. */
  note: string
  onDone: () => void
}>

/** A secret that is shown this once. Put it into a sticky dialog: closing it is the last one sees of it. */
export function SecretPanel({ name, secret, note, onDone }: Props) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no")
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret)
      setCopied("yes")
    } catch {
      setCopied("failed")
    }
  }

  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{note}</p>
      <output
        aria-label={name}
        className="rounded-md border border-line-strong bg-surface px-3 py-2 font-mono text-sm break-all select-all"
      >
        {secret}
      </output>
      <p className="text-sm font-medium text-look-ink">
        It is shown only now. Nobody, not even we, can show it again.
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" size="large" onClick={() => void copy()}>
          {copied === "yes" ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          Copy the {name}
        </Button>
        <Button look="plain" size="large" onClick={onDone}>
          I have stored it
        </Button>
        <span role="status" className="text-sm text-muted">
          {saidOf[copied]}
        </span>
      </div>
    </div>
  )
}

const saidOf = {
  no: "",
  yes: "Copied.",
  failed: "The browser did not allow copying: select it instead.",
} as const
