import { homedir } from "node:os"
import { join } from "node:path"
import type { GuardOptions } from "@deltaseal/guard"
import { sha256Hex } from "@deltaseal/guard/change"
import { z } from "zod"

export type Settings = Readonly<{
  url: string
  /** Who permits must name as their issuer, where that is not `url`. */
  issuer?: string
  apiKey: string
  /** The client's CRM: one server serves one. */
  databaseUrl: string
  run: GuardOptions["run"]
  stateDirectory: string
  waitSeconds: number
}>

/** Settings that are missing or wrong; its message is for the person who starts the server. */
export class SettingsError extends Error {
  override readonly name = "SettingsError"
}

/** @throws SettingsError naming every variable that is wrong, and no value */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const { data, error } = Variables.safeParse(env)
  if (error !== undefined) {
    const lines = error.issues.map(({ path, message }) => `${path.join(".")} ${message}`)
    throw new SettingsError(`${lines.join("; ")} (see examples/crm-server/README.md).`)
  }

  const { DELTASEAL_ISSUER: issuer, CRM_DATABASE_URL: databaseUrl } = data
  return {
    url: data.DELTASEAL_URL,
    ...(issuer === undefined ? {} : { issuer }),
    apiKey: data.DELTASEAL_API_KEY,
    databaseUrl,
    run: runOf(data),
    stateDirectory: data.DELTASEAL_STATE_DIR ?? stateDirectoryOf(databaseUrl),
    waitSeconds: data.DELTASEAL_WAIT_SECONDS,
  }
}

const required = z.string("is not set").min(1, "is empty")

const Variables = z.object({
  DELTASEAL_URL: z.url("is not a URL").default("http://localhost:3000"),
  DELTASEAL_ISSUER: z.url("is not a URL").optional(),
  DELTASEAL_API_KEY: required,
  CRM_DATABASE_URL: z.url("is not a URL"),
  DELTASEAL_RUN_ID: z.string().optional(),
  DELTASEAL_ENVIRONMENT: z.enum(["dev", "staging", "prod"], "is not dev, staging or prod").default("dev"),
  DELTASEAL_WORKFLOW: z.string().default("crm"),
  DELTASEAL_AGENT: z.string().default("agent"),
  DELTASEAL_MODEL: z.string().optional(),
  DELTASEAL_STATE_DIR: z.string().optional(),
  DELTASEAL_WAIT_SECONDS: z.coerce
    .number("is not a number of seconds")
    .int("is not a whole number of seconds")
    .positive("is not a number of seconds")
    .default(3600),
})

/** One for each CRM: what a killed server left must never be finished in another client's. */
function stateDirectoryOf(databaseUrl: string): string {
  // Not the password: with a new one it is still the same CRM.
  const { host, pathname } = new URL(databaseUrl)
  return join(homedir(), ".deltaseal", "guard", sha256Hex(`${host}${pathname}`).slice(0, 16))
}

/** The run that an orchestrator opened, or one to open on the first call. */
function runOf(data: z.infer<typeof Variables>): GuardOptions["run"] {
  if (data.DELTASEAL_RUN_ID !== undefined) return { runId: data.DELTASEAL_RUN_ID }

  const { DELTASEAL_MODEL: model } = data
  return {
    environment: data.DELTASEAL_ENVIRONMENT,
    workflow: data.DELTASEAL_WORKFLOW,
    actor: { agent: data.DELTASEAL_AGENT, ...(model === undefined ? {} : { model }) },
  }
}
