/** What a process remembers outside the database: how far it knew it to be. */
export type Memory = Readonly<{
  v: 1
  lineageId: string
  nodeId: string
  epoch: number
  beat: number
  nonce: string
  /** The highest number that a leaf of the log had by then. */
  leaves: number
}>

/** Which server a database is on; null where the server does not say. */
export type Place = Readonly<{ systemIdentifier: string | null; timeline: string | null }>

/** What a database says of itself. */
export type Standing = Readonly<{
  lineageId: string
  epoch: number
  /** Where it was when it was served last, and where it is now. */
  recorded: Place
  found: Place
  beats: ReadonlyMap<string, Readonly<{ beat: number; nonce: string }>>
  /** There is something in it, and no process ever kept a memory of it. */
  isUnwatched: boolean
}>

/** What shows that a database is not the one that was served last, or not all of it. */
export type RestoreSign = "other_server" | "other_timeline" | "behind" | "forked" | "older_than_memory"

/**
 * Compares a database with what was written down about it, in it and outside
 * of it (SPEC 5.3). Null: it is the one that was served last.
 *
 * @param others whether memories of other databases are kept beside these
 */
export function signOfRestore(
  standing: Standing,
  memories: readonly Memory[],
  others: boolean,
): RestoreSign | null {
  const { recorded, found } = standing
  if (differ(recorded.systemIdentifier, found.systemIdentifier)) return "other_server"
  if (differ(recorded.timeline, found.timeline)) return "other_timeline"
  if (standing.isUnwatched && others) return "older_than_memory"

  for (const memory of memories) {
    const sign = signIn(memory, standing)
    if (sign !== null) return sign
  }
  return null
}

function signIn(memory: Memory, { epoch, beats }: Standing): RestoreSign | null {
  // What it knows was open is closed: somebody else has seen to the restored database.
  if (memory.epoch < epoch) return null

  const row = beats.get(memory.nodeId)
  if (memory.epoch > epoch || row === undefined || row.beat < memory.beat) return "behind"
  return row.beat === memory.beat && row.nonce !== memory.nonce ? "forked" : null
}

/** What a server does not say, or nobody wrote down, cannot be compared. */
function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other
}
