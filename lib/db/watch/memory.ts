import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import path from "node:path"
import { z } from "zod"
import { StartupError } from "@/lib/errors/startup-error"
import type { Memory } from "./standing"

/** The memories of processes on this machine, one file each. */
export type Memories = Readonly<{
  /** Those of every database. @throws StartupError when one of them is damaged */
  read: () => Promise<readonly Memory[]>
  /** Writes so that it survives a power cut. */
  keep: (memory: Memory) => Promise<void>
  forget: (nodeId: string) => Promise<void>
}>

/** @throws what the file system says when the directory cannot be written: nothing may be spent without a memory */
export async function openMemories(dataDir: string): Promise<Memories> {
  const directory = path.join(dataDir, "memory")
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const fileOf = (nodeId: string) => path.join(directory, `${nodeId}.json`)

  return {
    read: async () => {
      const names = (await readdir(directory)).filter((name) => name.endsWith(".json"))
      const read = await Promise.all(names.map((name) => readMemory(path.join(directory, name))))
      return read.filter((memory) => memory !== null)
    },
    keep: async (memory) => {
      const file = fileOf(memory.nodeId)
      await writeSynced(`${file}.draft`, JSON.stringify(memory))
      await rename(`${file}.draft`, file)
      await syncDirectory(directory)
    },
    forget: async (nodeId) => {
      await rm(fileOf(nodeId), { force: true })
    },
  }
}

const MemoryFile = z.object({
  v: z.literal(1),
  lineageId: z.string(),
  nodeId: z.string(),
  epoch: z.int(),
  beat: z.int(),
  nonce: z.string(),
  leaves: z.int(),
})

/** Null for one that its process has just put away. */
async function readMemory(file: string): Promise<Memory | null> {
  try {
    return MemoryFile.parse(JSON.parse(await readFile(file, "utf8")))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null
    throw new StartupError(
      `The memory ${file} is damaged; make sure that the database was not restored from a backup, then remove it.`,
      { cause },
    )
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, "w", 0o600)
  try {
    await handle.writeFile(text)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** Without this the rename itself may be lost with the power. Windows has no such thing. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return

  const handle = await open(directory)
  await handle.sync().finally(() => handle.close())
}
