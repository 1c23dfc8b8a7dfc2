import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { work, type Result } from "../agent/work.ts"
import { mailTasks, startMailServer } from "./mail.ts"
import type { Narrator, Say } from "./narrator.ts"
import { withAgent } from "./with-agent.ts"

export type Offer = Readonly<{
  surroundings: Readonly<{ interrupted: AbortSignal; say: Say }>
  narrator: Narrator
  /** The built office server. */
  server: string
  access: Readonly<{ url: string; apiKey: string; runId: string }>
  /** Where the guard keeps what it is spending. */
  state: string
}>

/** The agent of the client who sends mail, with a mail server that takes it. */
export async function sendOffer({ surroundings, narrator, server, access, state }: Offer): Promise<Result[]> {
  const mail = await startMailServer((recipients) => {
    surroundings.say(`        The mail server of the demo got it, for ${recipients.join(", ")}.`)
  })
  try {
    const env = await officeEnvironment(access, mail.url, state)
    return await withAgent(surroundings, server, env, (agent) =>
      narrator.heard(work(agent, mailTasks, narrator.voice)),
    )
  } finally {
    await mail.stop()
  }
}

async function officeEnvironment(
  { url, apiKey, runId }: Offer["access"],
  smtpUrl: string,
  state: string,
): Promise<Record<string, string>> {
  const folder = join(state, "office-folder")
  await mkdir(folder, { recursive: true })

  return {
    DELTASEAL_URL: url,
    DELTASEAL_API_KEY: apiKey,
    DELTASEAL_RUN_ID: runId,
    DELTASEAL_STATE_DIR: join(state, "office"),
    DELTASEAL_ALLOW_PATH_RACES: "1",
    OFFICE_FOLDER: folder,
    OFFICE_CONFIG_FOLDER: folder,
    OFFICE_SMTP_URL: smtpUrl,
    OFFICE_FROM: "offers@corvid.example",
    OFFICE_HOOK_URL: "http://127.0.0.1:9/unused",
  }
}
