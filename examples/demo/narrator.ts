import type { Next, Result, Voice } from "../agent/work.ts"
import type { Reviewer, Vote } from "./reviewer.ts"
import type { Watch } from "./watch.ts"

export type Say = (line?: string) => void

type Told = Readonly<{
  say: Say
  watch: Watch
  /** Decides by itself; null when a person does. */
  reviewer: Reviewer | null
  /** How many tasks there are. */
  total: number
}>

export type Narrator = Readonly<{
  voice: Voice
  /** The work's results, or the failure of telling or deciding, whichever is first. */
  heard: (work: Promise<Result[]>) => Promise<Result[]>
}>

/** Tells what is asked, where to decide, and what came of it. */
export function createNarrator({ say, watch, reviewer, total }: Told): Narrator {
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  let begun = 0
  let asked = 0
  let isTold = false

  const tell = async () => {
    const pending = await watch.nextPending()
    if (pending === undefined) return
    say(`        ${pending.sentence}  +${pending.added} −${pending.removed}`)
    say(`        Decide here: ${pending.reviewUrl}`)
    if (reviewer === null) {
      say("        Waiting for a person …")
      return
    }

    const vote = votes[asked++] ?? { decision: "approve" }
    say(`        The script ${vote.decision === "approve" ? "approves it." : "denies it."}`)
    await reviewer.vote(pending.approvalId, vote)
  }

  return {
    voice: {
      begins: (task) => {
        isTold = false
        say(`${++begun} of ${total}  ${task.title}`)
      },
      waits: () => {
        // Progress comes every few seconds; one telling is enough.
        if (!isTold) void tell().catch(fail)
        isTold = true
      },
      ends: ({ answer }, next) => {
        for (const line of answer.text.split("\n")) say(`        ${line}`)
        isTold = false
        if (!answer.isDone) say(`        ${reactions[next]}`)
        say()
      },
    },
    heard: async (work) => await Promise.race([work, failed]),
  }
}

const reactions: Readonly<Record<Next, string>> = {
  go_on: "The agent leaves it at that and goes on with the rest.",
  ask_again: "The agent reads the page again and asks anew.",
  stop: "The agent stops here.",
}

/** With --auto: the first is approved, the second denied, the rest approved. */
const votes: readonly Vote[] = [
  { decision: "approve" },
  { decision: "deny", reason: "The practice has not confirmed the list of insurers yet. Ask them first." },
]
