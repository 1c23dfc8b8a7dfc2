import type { Agent, Answer, Asking } from "./agent.ts"

/** One thing that the client asked for. Reads what it needs, then asks for one change. */
export type Task = Readonly<{
  title: string
  run: (agent: Agent, onWaiting?: Asking["onWaiting"]) => Promise<Answer>
}>

/** What a task came to, in the order in which they were asked for. */
export type Result = Readonly<{ task: Task; answer: Answer }>

/** What the agent says while it works. */
export type Voice = Readonly<{
  begins?: (task: Task) => void
  waits?: Asking["onWaiting"]
  ends?: (result: Result, next: Next) => void
}>

/** What a sensible agent does after an answer. */
export type Next = "go_on" | "ask_again" | "stop"

/** Does one task after the other, and stops where going on would be unwise. */
export async function work(agent: Agent, tasks: readonly Task[], voice: Voice = {}): Promise<Result[]> {
  const results: Result[] = []
  for (const task of tasks) {
    voice.begins?.(task)
    const { result, next } = await attempt(agent, task, voice)
    results.push(result)
    if (next === "stop") break
  }
  return results
}

async function attempt(agent: Agent, task: Task, voice: Voice) {
  for (let attempts = 1; ; attempts++) {
    const answer = await task.run(agent, voice.waits)
    const wanted = nextAfter(answer)
    // A page that keeps moving under the agent's hands is somebody else's work just now.
    const next = wanted === "ask_again" && attempts >= 2 ? "go_on" : wanted
    const result = { task, answer }
    voice.ends?.(result, next)
    if (next !== "ask_again") return { result, next }
  }
}

/**
 * A denial is an answer, by a person or by the policy for this one call: it is
 * kept and the other tasks are still wanted. A page that changed meanwhile is read and proposed anew. Anything that says the agent
 * itself is not trusted, or that nobody can be asked, ends the work.
 */
export function nextAfter({ isDone, status }: Answer): Next {
  if (isDone || status === null) return "go_on"
  if (answers.has(status)) return "go_on"
  return status === "stale" || status === "before_changed" ? "ask_again" : "stop"
}

const answers: ReadonlySet<string> = new Set(["denied", "expired", "cancelled", "no_change", "policy_denied"])
