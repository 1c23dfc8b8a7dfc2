import { randomBytes } from "node:crypto"
import { ulid } from "ulid"
import { idPrefixes, type IdKind } from "@/lib/kernel/id"

/** A new id of this kind, sortable by time of making. */
export function newId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${ulid(undefined, drawFrom(randomBytes(randomCharacters)))}`
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
  const bytes = randomBytes(32 * count).toString("hex")
  return Array.from({ length: count }, (_, index) => bytes.slice(index * 64, (index + 1) * 64))
}
