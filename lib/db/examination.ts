import pg from "pg"
import { StartupError } from "@/lib/errors/startup-error"
import { problemsWith } from "./fitness"
import { isPooled } from "./pooler"
import { unusable } from "./unusable"

/** The last two are the first again where no URL of their own was given. */
export type DatabaseUrls = Readonly<{ appUrl: string; ownerUrl: string; directUrl: string }>

/** What was found about the way to the database. */
export type Examination = Readonly<{
  /** Whether a pooler stands between `appUrl` and the server: no statement may then be prepared by name. */
  isPooled: boolean
}>

/**
 * Looks at the database before anything in it is made or changed: whether each
 * URL leads there, and whether its roles and contents are fit.
 *
 * @throws StartupError naming everything that is wrong, one sentence each
 */
export async function examine({ appUrl, ownerUrl, directUrl }: DatabaseUrls): Promise<Examination> {
  const opened: Opened[] = []
  const openOnce = async (url: string, variable: string): Promise<Opened> => {
    const known = opened.find((one) => one.url === url)
    if (known) return known

    const next = await open(url, variable)
    opened.push(next)
    return next
  }

  try {
    const app = await openOnce(appUrl, "DATABASE_URL")
    const owner = await openOnce(ownerUrl, "DATABASE_OWNER_URL")
    const direct = await openOnce(directUrl, "DATABASE_DIRECT_URL")
    if (!app.client || !owner.client || !direct.client)
      return refuse(opened.flatMap(({ problem }) => problem ?? []))

    const pooled = await isPooled(app.client)
    const problems = [
      ...(await problemsWith({ app: app.client, owner: owner.client, direct: direct.client })),
      ...(pooled && app === direct ? [directMissing] : []),
      ...(owner !== app && (await isPooled(owner.client)) ? [ownerPooled] : []),
    ]
    return problems.length === 0 ? { isPooled: pooled } : refuse(problems)
  } finally {
    for (const { client } of opened) await client?.end().catch(() => undefined)
  }
}

const directMissing =
  "DATABASE_URL leads through a connection pooler, which loses notifications; set DATABASE_DIRECT_URL to the same role and database past it."

const ownerPooled =
  "DATABASE_OWNER_URL leads through a connection pooler, which loses the lock that migrating holds; let it name the server itself."

type Opened = Readonly<{ url: string; client?: pg.Client; problem?: string }>

async function open(url: string, variable: string): Promise<Opened> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // A server that goes away while we look makes the next query fail; nobody else has to hear of it.
  client.on("error", () => undefined)
  try {
    await client.connect()
    return { url, client }
  } catch (error) {
    await client.end().catch(() => undefined)
    return { url, problem: unusable(error, url, variable) }
  }
}

function refuse(problems: readonly string[]): never {
  const [only] = problems
  if (problems.length === 1 && only !== undefined) throw new StartupError(only)

  throw new StartupError(
    `The database cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
  )
}
