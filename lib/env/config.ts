import path from "node:path"
import { z } from "zod"
import { StartupError } from "@/lib/errors/startup-error"
import { problemsWithSecrets } from "./secrets"

export type DatabaseConfig =
  | Readonly<{ kind: "embedded" }>
  | Readonly<{ kind: "url"; appUrl: string; ownerUrl: string; directUrl: string }>

export type Config = Readonly<{
  host: string
  port: number
  /** Scheme, host and port as people and permits name this server, without a slash at the end. */
  origin: string
  /** Values of the Host header that we answer. */
  hosts: readonly string[]
  /** Seeded, on loopback, with passwords on the screen (SPEC 6). */
  demo: boolean
  production: boolean
  database: DatabaseConfig
  rootDir: string
  dataDir: string
  logLevel: (typeof logLevels)[number]
}>

type Environment = Readonly<Record<string, string | undefined>>

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const

/**
 * Reads the configuration, once, at boot.
 *
 * @param env the environment as the user set it, before a framework adds to it
 * @throws StartupError naming everything that is wrong, one line each
 */
export function readConfig(env: Environment, rootDir: string): Config {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  )
  const parsed = Settings.safeParse(set)
  const wrong = (parsed.error?.issues ?? []).map((issue) => [issue.path.join("."), issue.message] as const)
  const missing = set["DATABASE_URL"] === undefined ? [] : problemsWithSecrets(set)
  const names = new Set(wrong.map(([name]) => name))
  const conflicts = conflictsIn(soundPart(set, names)).filter(([name]) => !names.has(name))
  if (parsed.success && missing.length + conflicts.length === 0) return toConfig(parsed.data, rootDir)

  const lines = [...wrong, ...conflicts, ...missing].map(([name, problem]) => `  ${name} ${problem}`)
  throw new StartupError(`The configuration cannot be used:\n${lines.join("\n")}`)
}

/** The same configuration once the system has chosen a port (PORT=0, for tests). */
export function withPort(config: Config, port: number): Config {
  if (config.port === port) return config

  const swap = (text: string) => text.replace(/:0$/, `:${port}`)
  return { ...config, port, origin: swap(config.origin), hosts: config.hosts.map(swap) }
}

const databaseUrl = z
  .url({ protocol: /^postgres(?:ql)?$/, error: "must be a URL that starts with postgresql://" })
  .optional()

const Settings = z.object({
  PORT: z.coerce
    .number("must be a port number")
    .int("must be a port number")
    .min(0, "must be a port number")
    .max(65_535, "must be a port number, at most 65535")
    .default(3000),
  HOST: z.string().default("127.0.0.1"),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: "must be a URL such as https://deltaseal.example" })
    .optional(),
  DATABASE_URL: databaseUrl,
  DATABASE_OWNER_URL: databaseUrl,
  DATABASE_DIRECT_URL: databaseUrl,
  NODE_ENV: z.string().optional(),
  DELTASEAL_DATA_DIR: z.string().default(".data"),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
})

type Settings = z.infer<typeof Settings>

/** What can still be compared when some settings are wrong by themselves: the others, with HOST's default. */
function soundPart(set: Environment, wrong: ReadonlySet<string>): Comparable {
  const of = (name: keyof Comparable) => (wrong.has(name) ? undefined : set[name])
  return {
    HOST: of("HOST") ?? "127.0.0.1",
    PUBLIC_URL: of("PUBLIC_URL"),
    // A wrong one is still there, and the two that depend on it are not wrong for that.
    DATABASE_URL: set["DATABASE_URL"],
    DATABASE_OWNER_URL: of("DATABASE_OWNER_URL"),
    DATABASE_DIRECT_URL: of("DATABASE_DIRECT_URL"),
  }
}

type Comparable = Readonly<
  Record<"PUBLIC_URL" | "DATABASE_URL" | "DATABASE_OWNER_URL" | "DATABASE_DIRECT_URL", string | undefined> & {
    HOST: string
  }
>

function conflictsIn(settings: Comparable): [string, string][] {
  const { HOST, PUBLIC_URL, DATABASE_URL } = settings
  const url = PUBLIC_URL === undefined ? undefined : new URL(PUBLIC_URL)
  const found: [string, string][] = []

  if (url && `${url.origin}/` !== url.href) {
    found.push(["PUBLIC_URL", `must be only scheme, host and port: ${url.origin}`])
  }
  if (url && url.protocol !== "https:" && !isLoopback(url.hostname)) {
    found.push(["PUBLIC_URL", "must start with https:// beyond this machine"])
  }
  if (!url && !isLoopback(HOST)) {
    found.push(["PUBLIC_URL", `must be set (https) when HOST is ${HOST}, which others can reach`])
  }
  for (const name of ["DATABASE_OWNER_URL", "DATABASE_DIRECT_URL"] as const) {
    if (settings[name] !== undefined && DATABASE_URL === undefined) {
      found.push([name, "has no meaning without DATABASE_URL"])
    }
  }
  return found
}

function toConfig(settings: Settings, rootDir: string): Config {
  const { HOST: host, PORT: port, PUBLIC_URL, DATABASE_URL } = settings
  const publicUrl = PUBLIC_URL === undefined ? undefined : new URL(PUBLIC_URL)
  const production = settings.NODE_ENV === "production"
  const local = ["localhost", "127.0.0.1", "[::1]"].map((name) => hostHeader(name, port))

  return {
    host,
    port,
    // Not 127.0.0.1: passkeys work on the name only.
    origin: publicUrl?.origin ?? `http://${hostHeader("localhost", port)}`,
    hosts: publicUrl ? [publicUrl.host] : local,
    demo: DATABASE_URL === undefined && isLoopback(host) && !publicUrl && !production,
    production,
    database: databaseOf(settings),
    rootDir,
    dataDir: path.resolve(rootDir, settings.DELTASEAL_DATA_DIR),
    logLevel: settings.LOG_LEVEL,
  }
}

function databaseOf(settings: Settings): DatabaseConfig {
  const { DATABASE_URL: appUrl, DATABASE_OWNER_URL, DATABASE_DIRECT_URL } = settings
  if (appUrl === undefined) return { kind: "embedded" }

  return {
    kind: "url",
    appUrl,
    ownerUrl: DATABASE_OWNER_URL ?? appUrl,
    directUrl: DATABASE_DIRECT_URL ?? appUrl,
  }
}

/** As browsers write it: the scheme's own port is left out. */
function hostHeader(name: string, port: number): string {
  return port === 80 ? name : `${name}:${port}`
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host)
}
