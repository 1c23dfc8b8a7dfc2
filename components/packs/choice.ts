import type { PreviewRow, RollBackRow } from "@/lib/policies/rollout.schema"
import { versionWords } from "@/components/policies/effect-words"

/** How it goes on in a client that is chosen; `none` cannot be chosen. */
export type Course = "at_once" | "second_person" | "after_notice" | "taken_back" | "none"

/** A client that a pack could go to, or be taken back from. */
export type Choice = Readonly<{
  tenantId: string
  name: string
  course: Course
  mark: Readonly<{ tone: "good" | "open" | "soon" | "off"; words: string }>
  /** Why it goes like this; null where the mark says it all. */
  why: string | null
  /** What the difference is against. */
  against: string
  /** Whether something about its policy waits there, which one should look at. */
  hasOpenProposal: boolean
  diff: PreviewRow["diff"]
  loosens: readonly string[]
  tightens: readonly string[]
}>

/** What rolling out would do in a client. */
export function rollOutChoice(row: PreviewRow): Choice {
  const isFirst = row.basedOn === 1
  const against = `Against what holds there now: ${versionWords(row.basedOn)}.`
  if (row.isSame) {
    return {
      ...plain(row),
      course: "none",
      mark: { tone: "good", words: "has it already" },
      why: null,
      against,
    }
  }

  return { ...effect(row, isFirst ? firstWords : null), against }
}

/** What rolling back would do in a client. */
export function rollBackChoice(row: RollBackRow): Choice {
  const { action, restores, message } = row
  if (action === "leave") {
    return {
      ...plain(row),
      course: "none",
      mark: { tone: "off", words: "is left" },
      why: message,
      against: "",
    }
  }
  if (action === "take_back" || restores === null) {
    const mark = { tone: "open", words: "takes back what waits" } as const
    return { ...plain(row), course: "taken_back", mark, why: "It never took effect there.", against: "" }
  }

  return {
    ...effect(row, null),
    against: `Back to ${versionWords(restores)}, against what was rolled out.`,
  }
}

const firstWords = "It is the first policy there, so nobody else has to approve it."

type Effect = Omit<PreviewRow, "basedOn" | "isSame">

function plain({ tenantId, name, hasOpenProposal, diff, loosens, tightens }: Effect) {
  return { tenantId, name, hasOpenProposal, diff, loosens, tightens }
}

function effect(row: Effect, otherwise: string | null): Omit<Choice, "against"> {
  if (row.needsSecondPerson && row.hasOpenProposal) {
    const why =
      "It loosens what holds there, and something about the policy waits for a second person already."
    return { ...plain(row), course: "none", mark: { tone: "off", words: "would be refused" }, why }
  }

  const why = row.hasOpenProposal ? "What waits there about the policy is overtaken by it." : otherwise
  return { ...plain(row), course: row.takesEffect, ...courses(why)[row.takesEffect] }
}

function courses(why: string | null) {
  return {
    at_once: { mark: { tone: "open", words: "at once" }, why },
    second_person: {
      mark: { tone: "soon", words: "asks a second person" },
      why: "It loosens what holds there, so another administrator has to approve it.",
    },
    after_notice: {
      mark: { tone: "soon", words: "after 24 hours" },
      why: "It loosens what holds there, and nobody else administers this client.",
    },
  } as const
}
