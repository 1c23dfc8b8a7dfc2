import { skeleton } from "./confusables"

/**
 * Answers which known domain another one imitates, if any: it differs only by
 * what eyes take for the same (`rn` for `m`, `1` for `l`, letters of other
 * scripts), by one slip of a finger, or by where it ends (`acme.example.co`).
 *
 * @param known domains that are trusted, in lower case
 */
export function lookAlikes(known: ReadonlySet<string>): (domain: string) => string | undefined {
  const looks = new Map(Array.from(known, (domain) => [looksLike(domain), domain]))

  return (domain) => {
    if (known.has(domain)) return undefined
    return looks.get(looksLike(domain)) ?? [...known].find((other) => isNear(domain, other))
  }
}

function isNear(domain: string, other: string): boolean {
  if (domain.startsWith(`${other}.`) || domain.startsWith(`${other}-`)) return true
  const isShort = Math.min(domain.length, other.length) < 6
  return !isShort && !isWithin(domain, other) && isOneSlipAway(domain, other)
}

/** What a domain, or a name of ASCII characters, reads as at a glance. */
export function looksLike(name: string): string {
  return skeleton(name.toLowerCase())
    .toLowerCase()
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("cl", "d")
    .replace(/[1i|]/g, "l")
    .replaceAll("0", "o")
    .replaceAll("5", "s")
}

/** A subdomain belongs to its domain. */
function isWithin(domain: string, other: string): boolean {
  return domain.endsWith(`.${other}`) || other.endsWith(`.${domain}`)
}

/** One character changed, added, left out, or two neighbours swapped. */
function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  const [restA, restB] = [a.slice(start), b.slice(start)]

  if (restA.slice(1) === restB.slice(1)) return true
  if (restA.slice(1) === restB || restA === restB.slice(1)) return true
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
}
