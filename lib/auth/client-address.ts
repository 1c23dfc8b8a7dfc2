import { randomBytes } from "node:crypto"

/**
 * The peer address of a request, for throttling, with a proof that our own
 * server put it there: a host that runs none hands on what a client sent.
 */
export const clientAddressHeader = "x-deltaseal-client-address"

/** On `globalThis`, because Next bundles its own copy of this module. */
const key = Symbol.for("deltaseal.client-address-proof")
const holder = globalThis as typeof globalThis & { [key]?: string | undefined }

/** The header's value for an address that was seen on the socket. */
export function vouchedFor(address: string): string {
  const proof = holder[key] ?? randomBytes(16).toString("hex")
  holder[key] = proof

  return `${proof} ${address}`
}

/** The address that a header names, or `unknown` when nobody vouches for it: who cannot be told apart is throttled together. */
export function addressVouchedFor(header: unknown): string {
  const [proof, address, ...rest] = typeof header === "string" ? header.split(" ") : []
  if (proof === undefined || proof !== holder[key] || rest.length > 0) return "unknown"

  return address ?? "unknown"
}
