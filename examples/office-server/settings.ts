import { homedir } from "node:os"
import { isAbsolute, join, resolve } from "node:path"
import type { GuardOptions } from "@deltaseal/guard"
import { sha256Hex } from "@deltaseal/guard/change"
import { z } from "zod"

export type Settings = Readonly<{
  url: string
  /** Who permits must name as their issuer, where that is not `url`. */
  issuer?: string
  apiKey: string
  /** The folder whose files can be moved, and in which reports run. */
  folder: string
  configFolder: string
  /** Where mail goes: `smtp://` or `smtps://`, with user and password if need be. */
  smtpUrl: string
  from: string
  /** The programs that may run, by absolute path. */
  programs: readonly string[]
  hookUrl: string
  run: GuardOptions["run"]
  stateDirectory: string
  waitSeconds: number
  mayRace: boolean
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
    throw new SettingsError(`${lines.join("; ")} (see examples/office-server/README.md).`)
  }

  const { DELTASEAL_ISSUER: issuer } = data
  return {
    url: data.DELTASEAL_URL,
    ...(issuer === undefined ? {} : { issuer }),
    apiKey: data.DELTASEAL_API_KEY,
    folder: data.OFFICE_FOLDER,
    configFolder: data.OFFICE_CONFIG_FOLDER,
    smtpUrl: data.OFFICE_SMTP_URL,
    from: data.OFFICE_FROM,
    programs: data.OFFICE_PROGRAMS,
    hookUrl: data.OFFICE_HOOK_URL,
    run: runOf(data),
    stateDirectory: data.DELTASEAL_STATE_DIR ?? stateDirectoryOf(data.OFFICE_FOLDER),
    waitSeconds: data.DELTASEAL_WAIT_SECONDS,
    mayRace: data.DELTASEAL_ALLOW_PATH_RACES === "1",
  }
}

const required = z.string("is not set").min(1, "is empty")
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

const Variables = z.object({
  DELTASEAL_URL: z.url("is not a URL").default("http://localhost:3000"),
  DELTASEAL_ISSUER: z.url("is not a URL").optional(),
  DELTASEAL_API_KEY: required,
  OFFICE_FOLDER: required,
  OFFICE_CONFIG_FOLDER: required,
  OFFICE_SMTP_URL: SmtpUrl,
  OFFICE_FROM: z.email("is not an e-mail address"),
  OFFICE_PROGRAMS: Programs,
  OFFICE_HOOK_URL: HookUrl,
  DELTASEAL_RUN_ID: z.string().optional(),
  DELTASEAL_ENVIRONMENT: z.enum(["dev", "staging", "prod"], "is not dev, staging or prod").default("dev"),
  DELTASEAL_WORKFLOW: z.string().default("office"),
  DELTASEAL_AGENT: z.string().default("agent"),
  DELTASEAL_MODEL: z.string().optional(),
  DELTASEAL_STATE_DIR: z.string().optional(),
  DELTASEAL_WAIT_SECONDS: z.coerce
    .number("is not a number of seconds")
    .int("is not a whole number of seconds")
    .positive("is not a number of seconds")
    .default(3600),
  DELTASEAL_ALLOW_PATH_RACES: z.string().optional(),
})

/** One for each folder: what a killed server left must never be finished in another folder. */
function stateDirectoryOf(folder: string): string {
  return join(homedir(), ".deltaseal", "guard", sha256Hex(resolve(folder)).slice(0, 16))
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
