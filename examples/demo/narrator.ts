import type { Next, Result, Voice } from "../agent/work.ts"
import type { Reviewer, Vote } from "./reviewer.ts"
import type { Watch } from "./watch.ts"

export type Say = (line?: string) => void

type Told = Readonly<{
  say: Say
  watch: Watch
  /** Decides by itself; null when a person does. */
  reviewer: Reviewer | null
  /** How many tasks there are, and how many of them were told of before. */
  total: number
  before?: number
  /** What it decides, one after the other, and from there on that everything may happen. */
  votes: readonly Vote[]
}>

export type Narrator = Readonly<{
  voice: Voice
  /** The work's results, or the failure of telling or deciding, whichever is first. */
  heard: (work: Promise<Result[]>) => Promise<Result[]>
}>

/** Tells what is asked, where to decide, and what came of it. */
export function createNarrator({ say, watch, reviewer, total, before = 0, votes }: Told): Narrator {
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  let begun = before
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
