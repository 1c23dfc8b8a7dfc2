import { z } from "zod"
import { guardSettings, readVariables, type Env, type GuardSettings } from "../settings/guard-settings.ts"

export type Settings = GuardSettings &
  Readonly<{
    /** The client's CRM: one server serves one. */
    databaseUrl: string
  }>

/** @throws SettingsError naming every variable that is wrong, and no value */
export function readSettings(env: Env): Settings {
  const { own, shared } = readVariables(env, variables, "examples/crm-server/README.md")
  const { CRM_DATABASE_URL: databaseUrl } = own
  // Not the password: with a new one it is still the same CRM.
  const { host, pathname } = new URL(databaseUrl)

  return { ...guardSettings(shared, { workflow: "crm", about: `${host}${pathname}` }), databaseUrl }
}

const variables = { CRM_DATABASE_URL: z.url("is not a URL") }
