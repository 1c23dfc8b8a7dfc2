import type { Scope } from "@/lib/access/permissions"
import type { KeyStatus } from "@/lib/keys/key"

/** What a program may do with a scope, and what it is for. */
export const scopeWords: Readonly<Record<Scope, { words: string; hint: string }>> = {
  request: { words: "Ask", hint: "Open and close runs, ask for tool calls, cancel what it asked for." },
  poll: { words: "Wait", hint: "Read its runs and approvals, and wait for decisions." },
  execute: { words: "Act", hint: "Get permits, spend what people approved, report what happened." },
  "tools:register": {
    words: "Register tools",
    hint: "Offer tool definitions. People accept them; the key makes nothing usable.",
  },
  "audit:read": { words: "Read events", hint: "Read what happened in runs." },
}

/** A status as a badge shows it. */
export const statusWords = {
  live: { tone: "good", words: "live" },
  expiring: { tone: "soon", words: "ends soon" },
  expired: { tone: "off", words: "ended" },
  revoked: { tone: "off", words: "revoked" },
} as const satisfies Record<KeyStatus, { tone: string; words: string }>

export const lifetimes = [
  { value: "30", words: "30 days" },
  { value: "90", words: "90 days" },
  { value: "180", words: "180 days" },
  { value: "365", words: "a year" },
] as const

/** Address ranges as they are typed, one after the other. */
export function splitAddresses(text: string): string[] {
  return text.split(/[\s,]+/).filter((range) => range !== "")
}
