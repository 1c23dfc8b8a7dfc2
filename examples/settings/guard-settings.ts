import { homedir } from "node:os"
import { join } from "node:path"
import type { GuardOptions } from "@deltaseal/guard"
import { sha256Hex } from "@deltaseal/guard/change"
import { z } from "zod"

/** What every example server tells its guard. */
export type GuardSettings = Readonly<{
  url: string
  /** Who permits must name as their issuer, where that is not `url`. */
  issuer?: string
  apiKey: string
  run: GuardOptions["run"]
  stateDirectory: string
  waitSeconds: number
}>

/** Settings that are missing or wrong; its message is for the person who starts the server. */
export class SettingsError extends Error {
  override readonly name = "SettingsError"
}

export type Env = Readonly<Record<string, string | undefined>>

export const required = z.string("is not set").min(1, "is empty")

const shared = {
  DELTASEAL_URL: z.url("is not a URL").default("http://localhost:3000"),
  DELTASEAL_ISSUER: z.url("is not a URL").optional(),
  DELTASEAL_API_KEY: required,
  DELTASEAL_RUN_ID: z.string().optional(),
  DELTASEAL_ENVIRONMENT: z.enum(["dev", "staging", "prod"], "is not dev, staging or prod").default("dev"),
  DELTASEAL_WORKFLOW: z.string().optional(),
  DELTASEAL_STEP: z.string().optional(),
  DELTASEAL_AGENT: z.string().default("agent"),
  DELTASEAL_MODEL: z.string().optional(),
  DELTASEAL_STATE_DIR: z.string().optional(),
  DELTASEAL_WAIT_SECONDS: z.coerce
    .number("is not a number of seconds")
    .int("is not a whole number of seconds")
    .positive("is not a number of seconds")
    .default(3600),
}

type Shared = z.infer<z.ZodObject<typeof shared>>

/**
 * Reads the variables of one server, and those that all of them have.
 *
 * @param readme where they are explained
 * @throws SettingsError naming every variable that is wrong, and no value
 */
export function readVariables<Own extends z.ZodRawShape>(
  env: Env,
  own: Own,
  readme: string,
): Readonly<{ own: z.infer<z.ZodObject<Own>>; shared: Shared }> {
  const ofServer = z.object(own).safeParse(env)
  const ofGuard = z.object(shared).safeParse(env)
  if (!ofServer.success || !ofGuard.success) {
    const lines = [ofServer, ofGuard]
      .flatMap(({ error }) => error?.issues ?? [])
      .map(({ path, message }) => `${path.join(".")} ${message}`)
    throw new SettingsError(`${lines.join("; ")} (see ${readme}).`)
  }

  return { own: ofServer.data, shared: ofGuard.data }
}

/**
 * @param workflow what the runs of this server are called where nothing else is said
 * @param about what its tools change: what a killed server left must never be finished in something else
 */
export function guardSettings(
  data: Shared,
  { workflow, about }: Readonly<{ workflow: string; about: string }>,
): GuardSettings {
  const { DELTASEAL_ISSUER: issuer } = data

  return {
    url: data.DELTASEAL_URL,
    ...(issuer === undefined ? {} : { issuer }),
    apiKey: data.DELTASEAL_API_KEY,
    run: runOf(data, workflow),
    stateDirectory:
      data.DELTASEAL_STATE_DIR ?? join(homedir(), ".deltaseal", "guard", sha256Hex(about).slice(0, 16)),
    waitSeconds: data.DELTASEAL_WAIT_SECONDS,
  }
}

/** The run that an orchestrator opened, or one to open on the first call. */
function runOf(data: Shared, workflow: string): GuardOptions["run"] {
  if (data.DELTASEAL_RUN_ID !== undefined) return { runId: data.DELTASEAL_RUN_ID }

  const { DELTASEAL_STEP: step, DELTASEAL_MODEL: model } = data
  return {
    environment: data.DELTASEAL_ENVIRONMENT,
    workflow: data.DELTASEAL_WORKFLOW ?? workflow,
    ...(step === undefined ? {} : { step }),
    actor: { agent: data.DELTASEAL_AGENT, ...(model === undefined ? {} : { model }) },
  }
}
