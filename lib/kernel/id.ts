/** What an identifier names; the first part of every id we give out. */
export type IdKind = keyof typeof idPrefixes

/** An id's prefix by what it names. An id is `<prefix>_<ULID>`: 26 Crockford base32 characters. */
export const idPrefixes = {
  agency: "agc",
  tenant: "ten",
  person: "per",
  membership: "mem",
  invitation: "inv",
  session: "ses",
  key: "key",
  run: "run",
  runToken: "tok",
  call: "call",
  approval: "appr",
  comment: "cmt",
  plan: "plan",
  execution: "exec",
  event: "evt",
  stop: "stop",
  proposal: "prop",
  pack: "pack",
  rollout: "roll",
  simulation: "sim",
  authenticator: "athn",
  enrolment: "enrl",
  recovery: "rcvr",
  standIn: "stin",
  breakGlass: "brkg",
  canary: "cnry",
} as const

/** The body of every id after its prefix. */
const ulid = "[0-7][0-9A-HJKMNP-TV-Z]{25}"

const patterns = new Map<IdKind, RegExp>()

/** Whether a string has the shape of an id of this kind. Says nothing about existence. */
export function isId(kind: IdKind, text: string): boolean {
  return idPattern(kind).test(text)
}

/** The exact pattern of an id of this kind. */
export function idPattern(kind: IdKind): RegExp {
  const known = patterns.get(kind)
  if (known !== undefined) return known

  const pattern = new RegExp(`^${idPrefixes[kind]}_${ulid}$`)
  patterns.set(kind, pattern)
  return pattern
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The least id of a kind that can be made at a time, in milliseconds since 1970: every earlier one is below it. */
export function idBefore(kind: IdKind, time: number): string {
  return idOf(kind, time, "0".repeat(20))
}

/**
 * The id of a kind that is made at a time, in milliseconds since 1970, with the
 * rest of it given: eighty bits in hex, which are drawn for every other id.
 */
export function idOf(kind: IdKind, time: number, bits: string): string {
  let left = time
  let text = ""
  for (let place = 0; place < 10; place += 1) {
    text = `${crockford.charAt(left % 32)}${text}`
    left = Math.floor(left / 32)
  }

  const rest = BigInt(`0x${bits}`).toString(32).padStart(16, "0")
  const drawn = Array.from(rest, (digit) => crockford.charAt(Number.parseInt(digit, 32))).join("")

  return `${idPrefixes[kind]}_${text}${drawn}`
}
