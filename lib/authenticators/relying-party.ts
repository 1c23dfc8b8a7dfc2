/** Who an authenticator's answer is for: exactly this origin, and the name that credentials are bound to. */
export type RelyingParty = Readonly<{ origin: string; rpId: string }>

export function relyingParty(origin: string): RelyingParty {
  return { origin, rpId: new URL(origin).hostname }
}
