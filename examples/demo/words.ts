import { relative } from "node:path"
import type { Result } from "../agent/work.ts"
import type { DemoFacts } from "./facts.ts"
import type { Say } from "./narrator.ts"

/** What is about to happen, and who may decide. */
export function introduce(
  say: Say,
  { facts, tenant, isAuto }: Readonly<{ facts: DemoFacts; tenant: string; isAuto: boolean }>,
): void {
  const named = (role: string) => facts.people.find((person) => person.role === role)?.email ?? `the ${role}`

  say()
  say(`${tenant} asked for three small changes to its website and two to a contact in its CRM;`)
  say("another client wants an offer mailed. Agents do it through MCP servers: each write waits until a")
  say("person has approved its exact diff, and some are refused before anybody is asked.")
  say()
  if (isAuto) {
    say(`Decided by a script, signed in as ${named("reviewer")}.`)
  } else {
    say(`Decide as   ${named("reviewer")} (reviewer) or ${named("admin")} (admin)`)
    say(`Passwords   in ${relative(process.cwd(), facts.file)}`)
    say(`Not as      ${named("owner")}: she owns the key that asks, and nobody decides their own requests;`)
    say(`            nor as ${named("auditor")}, who may only look.`)
  }
  say()
}

type Ended = Readonly<{
  results: readonly Result[]
  website: string
  url: string
  runId: string
  events: readonly string[]
}>

/** What changed, what did not, and where it is written down. */
export function summarise(say: Say, { results, website, url, runId, events }: Ended): void {
  say("What became of it")
  for (const { task, answer } of results) {
    const status = answer.isDone ? "written" : (statuses[answer.status ?? ""] ?? answer.status ?? "failed")
    say(`  ${status.padEnd(10)} ${task.title}`)
  }
  say()
  say("The CRM was made for this demo and is gone again.")
  say(`The website is in       ${website}`)
  say(`The run's ${events.length} events are at ${url}/runs/${runId} (sign in first)`)
  say()
}

/** Where the guard's word is not what a person would say. */
const statuses: Readonly<Record<string, string>> = { policy_denied: "refused" }
