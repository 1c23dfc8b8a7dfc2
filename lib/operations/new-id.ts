import { randomBytes } from "node:crypto"
import { ulid } from "ulid"
import { idOf, idPrefixes, type IdKind } from "@/lib/kernel/id"

/** A new id of this kind, sortable by time of making. */
export function newId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${ulid(undefined, drawFrom(randomBytesOf(randomCharacters)))}`
}

/** A new id of this kind as if it were made at a time, in milliseconds since 1970. */
export function drawnId(kind: IdKind, at: number): string {
  return idOf(kind, at, randomBytesOf(10).toString("hex"))
}

/** A ULID's random part is this many characters of five bits. */
const randomCharacters = 16

/** Left to itself the package asks the system for random bytes once a character. */
function drawFrom(bytes: Uint8Array): () => number {
  let next = 0

  return () => (bytes[next++] ?? 0) / 256
}

/** Fresh salts for the commitments of one audit leaf: 32 random bytes in hex each (SPEC 5.1). */
export function newSalts(count: number): string[] {
  const bytes = randomBytesOf(32 * count).toString("hex")
  return Array.from({ length: count }, (_, index) => bytes.slice(index * 64, (index + 1) * 64))
}

/** Random bytes are fetched from the system in pieces of this size: each fetch costs more than what is made of it. */
const fetchedBytes = 8 * 1024

let fetched = Buffer.alloc(0)

function randomBytesOf(count: number): Buffer {
  if (fetched.byteLength < count) fetched = randomBytes(Math.max(fetchedBytes, count))
  const taken = fetched.subarray(0, count)
  fetched = fetched.subarray(count)

  return taken
}
