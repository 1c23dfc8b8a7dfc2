import path from "node:path"
import type { Config } from "@/lib/env/config"
import type { DemoFacts } from "./demo"

/** What a person reads when the demo is ready: where to go, who to be, what to try. */
export function welcome(config: Config, facts: DemoFacts): string {
  const width = Math.max(...facts.people.map((person) => person.email.length))
  const people = facts.people.map(
    ({ email, password, role }) => `    ${email.padEnd(width)}   ${password}   ${role}`,
  )

  return [
    "",
    `  Deltaseal is ready at ${facts.url}`,
    "",
    "  Sign in as (email, password, role)",
    ...people,
    "",
    "  Watch an agent ask and decide for yourself, in a second terminal:  npm run demo",
    `  The same facts are in ${shortPath(config, "demo.json")}, the log in ${shortPath(config, "logs/server.log")}.`,
    "  Ctrl-C stops the server and its database.",
    "",
    "",
  ].join("\n")
}

/** What the first owner of an installation that is not the demo reads. */
export function setupWords({ url, minutes }: Readonly<{ url: string; minutes: number }>): string {
  return [
    "",
    "  Nobody is a member yet. Become the first owner at",
    "",
    `    ${url}`,
    "",
    `  The link works once, for ${minutes} minutes. Print a fresh one with: npm run setup-link`,
    "",
    "",
  ].join("\n")
}

function shortPath(config: Config, name: string): string {
  return path.relative(config.rootDir, path.join(config.dataDir, name))
}
