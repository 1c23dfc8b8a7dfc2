"use client"

import { Check, Copy } from "lucide-react"
import { useState } from "react"

/** Copies a text that the page shows shortened. `label` says what: "Copy the full hash". */
export function CopyButton({ text, label }: Readonly<{ text: string; label: string }>) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle")

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState("copied")
    } catch {
      setState("failed")
    }
  }
  const said = { idle: "", copied: "Copied", failed: "The browser did not allow copying" }[state]

  return (
    <span className="relative inline-flex items-center">
      <button
        type="button"
        title={label}
        aria-label={label}
        onClick={() => void copy()}
        onBlur={() => setState("idle")}
        className="inline-flex size-6 items-center justify-center rounded text-faint hover:bg-hover hover:text-ink"
      >
        {state === "copied" ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      </button>
      <span role="status" className={said === "" ? "sr-only" : "fade-in ml-1 text-xs text-muted"}>
        {said}
      </span>
    </span>
  )
}
