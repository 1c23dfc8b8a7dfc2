import { homedir } from "node:os"
import { join } from "node:path"
import type { GuardOptions } from "@deltaseal/guard"

export type Settings = Readonly<{
  url: string
  /** Who permits must name as their issuer, where that is not `url`. */
  issuer?: string
  apiKey: string
  /** The folder that the tools may read and write, and nothing beside it. */
  folder: string
  /** What that folder is called in changes and receipts. */
  workspace: string
  run: GuardOptions["run"]
  stateDirectory: string
  waitSeconds: number
  /** Serve on systems where a path cannot be walked without races. */
  mayRace: boolean
}>

/** A setting that is missing or wrong; its message is for the person who starts the server. */
export class SettingsError extends Error {
  override readonly name = "SettingsError"
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws SettingsError naming the variable */
export function readSettings(env: Environment): Settings {
  const { DELTASEAL_ISSUER: issuer } = env
  return {
    url: env.DELTASEAL_URL ?? "http://localhost:3000",
    ...(issuer === undefined ? {} : { issuer }),
    apiKey: required(env, "DELTASEAL_API_KEY"),
    folder: required(env, "DELTASEAL_WORKSPACE"),
    workspace: env.DELTASEAL_WORKSPACE_NAME ?? "main",
    run: runOf(env),
    stateDirectory: env.DELTASEAL_STATE_DIR ?? join(homedir(), ".deltaseal", "guard"),
    waitSeconds: secondsOf(env, "DELTASEAL_WAIT_SECONDS", 3600),
    mayRace: env.DELTASEAL_ALLOW_PATH_RACES === "1",
  }
}

/** The run that an orchestrator opened, or one to open on the first call. */
function runOf(env: Environment): GuardOptions["run"] {
  if (env.DELTASEAL_RUN_ID !== undefined) return { runId: env.DELTASEAL_RUN_ID }

  const { DELTASEAL_STEP: step, DELTASEAL_MODEL: model } = env
  return {
    environment: environmentOf(env),
    workflow: env.DELTASEAL_WORKFLOW ?? "workspace",
    ...(step === undefined ? {} : { step }),
    actor: { agent: env.DELTASEAL_AGENT ?? "agent", ...(model === undefined ? {} : { model }) },
  }
}

function environmentOf(env: Environment): "dev" | "staging" | "prod" {
  const name = env.DELTASEAL_ENVIRONMENT ?? "dev"
  if (name === "dev" || name === "staging" || name === "prod") return name
  throw new SettingsError("DELTASEAL_ENVIRONMENT is dev, staging or prod.")
}

function secondsOf(env: Environment, name: string, otherwise: number): number {
  const text = env[name]
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new SettingsError(`${name} is a whole number of seconds.`)
}

function required(env: Environment, name: string): string {
  const value = env[name]
  if (value !== undefined && value !== "") return value
  throw new SettingsError(`${name} is not set; see examples/workspace-server/README.md.`)
}
