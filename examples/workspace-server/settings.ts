import { resolve } from "node:path"
import { z } from "zod"
import {
  guardSettings,
  readVariables,
  required,
  type Env,
  type GuardSettings,
} from "../settings/guard-settings.ts"

export type Settings = GuardSettings &
  Readonly<{
    /** The folder that the tools may read and write, and nothing beside it. */
    folder: string
    /** What that folder is called in changes and receipts. */
    workspace: string
    /** Serve on systems where a path cannot be walked without races. */
    mayRace: boolean
  }>

/** @throws SettingsError naming every variable that is wrong */
export function readSettings(env: Env): Settings {
  const { own, shared } = readVariables(env, variables, "examples/workspace-server/README.md")
  const { DELTASEAL_WORKSPACE: folder } = own

  return {
    ...guardSettings(shared, { workflow: "workspace", about: resolve(folder) }),
    folder,
    workspace: own.DELTASEAL_WORKSPACE_NAME,
    mayRace: own.DELTASEAL_ALLOW_PATH_RACES === "1",
  }
}

const variables = {
  DELTASEAL_WORKSPACE: required,
  DELTASEAL_WORKSPACE_NAME: z.string().default("main"),
  DELTASEAL_ALLOW_PATH_RACES: z.string().optional(),
}
