import { isAbsolute, resolve } from "node:path"
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
    /** The folder whose files can be moved, and in which reports run. */
    folder: string
    configFolder: string
    /** Where mail goes: `smtp://` or `smtps://`, with user and password if need be. */
    smtpUrl: string
    from: string
    /** The programs that may run, by absolute path. */
    programs: readonly string[]
    /** What starts a program without a network, itself with its arguments; the program's follow. */
    sandbox: readonly string[]
    hookUrl: string
    mayRace: boolean
  }>

/** @throws SettingsError naming every variable that is wrong, and no value */
export function readSettings(env: Env): Settings {
  const { own, shared } = readVariables(env, variables, "examples/office-server/README.md")

  return {
    ...guardSettings(shared, { workflow: "office", about: resolve(own.OFFICE_FOLDER) }),
    folder: own.OFFICE_FOLDER,
    configFolder: own.OFFICE_CONFIG_FOLDER,
    smtpUrl: own.OFFICE_SMTP_URL,
    from: own.OFFICE_FROM,
    programs: own.OFFICE_PROGRAMS,
    sandbox: own.OFFICE_SANDBOX.split(" ").filter((word) => word !== ""),
    hookUrl: own.OFFICE_HOOK_URL,
    mayRace: own.DELTASEAL_ALLOW_PATH_RACES === "1",
  }
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

/** Whether an address is this machine, to which one may speak in the clear. */
export function isLoopback({ hostname }: URL): boolean {
  return loopback.has(hostname)
}

const SmtpUrl = required.refine((text) => {
  return URL.canParse(text) && ["smtp:", "smtps:"].includes(new URL(text).protocol)
}, "is not an smtp:// or smtps:// URL")

const HookUrl = required.refine((text) => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))
  return isSafe && url.username === "" && url.password === ""
}, "is not an https URL without a user")

const Programs = z
  .string()
  .default("")
  .transform((text) => text.split(",").filter((program) => program !== ""))
  .refine((programs) => programs.every((program) => isAbsolute(program)), "is not a list of absolute paths")

const variables = {
  OFFICE_FOLDER: required,
  OFFICE_CONFIG_FOLDER: required,
  OFFICE_SMTP_URL: SmtpUrl,
  OFFICE_FROM: z.email("is not an e-mail address"),
  OFFICE_PROGRAMS: Programs,
  OFFICE_SANDBOX: z.string().default("/usr/bin/unshare --map-root-user --net --"),
  OFFICE_HOOK_URL: HookUrl,
  DELTASEAL_ALLOW_PATH_RACES: z.string().optional(),
}
