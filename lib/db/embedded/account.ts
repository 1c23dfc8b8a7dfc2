import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { StartupError } from "@/lib/errors/startup-error"

/** Who the database server runs as; nothing when that is simply us. */
export type Account = Readonly<{ uid: number; gid: number }>

const run = promisify(execFile)

const createCommands = [
  ["useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "deltaseal"]],
  ["adduser", ["-S", "-D", "-H", "-s", "/sbin/nologin", "deltaseal"]],
] as const

/** PostgreSQL refuses to run as root, so root lends it an account that may do nothing else. */
export async function databaseAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined

  return (await findAccount()) ?? (await createAccount())
}

async function findAccount(): Promise<Account | undefined> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"))
  const entry = ["postgres", "deltaseal"]
    .map((name) => lines.find((fields) => fields[0] === name))
    .find((fields) => fields !== undefined)

  return entry && { uid: Number(entry[2]), gid: Number(entry[3]) }
}

async function createAccount(): Promise<Account> {
  for (const [command, args] of createCommands) {
    await run(command, [...args]).catch(() => undefined)
    const account = await findAccount()
    if (account) return account
  }

  throw new StartupError(
    "PostgreSQL does not run as root and no account could be made for it; run Deltaseal as an ordinary user or create a user named postgres.",
  )
}
