/** Shapes of secrets that people and agents paste into the wrong place. None backtracks: each is linear in its text. */
const shapes: readonly RegExp[] = [
  /dsl_(?:live|test|run)_[0-9A-Za-z]{20}_[0-9A-Za-z]{20,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bgh[pousr]_[0-9A-Za-z]{36,}/g,
  /\bgithub_pat_[0-9A-Za-z_]{40,}/g,
  /\bglpat-[0-9A-Za-z_-]{20,}/g,
  /\bxox[abeprs]-[0-9A-Za-z-]{10,}/g,
  /\b[rs]k_live_[0-9A-Za-z]{16,}/g,
  /\bsk-[0-9A-Za-z_-]{32,}/g,
  /\bAIza[0-9A-Za-z_-]{35}/g,
  /\bnpm_[0-9A-Za-z]{36}/g,
  /\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}/g,
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,64}:[^\s:/@]{3,128}@[^\s/]/g,
]

/** Whether a text holds anything that has the shape of a secret. */
export function holdsSecret(text: string): boolean {
  return shapes.some((shape) => text.search(shape) !== -1)
}

/** Everything in a text that has the shape of a secret, each once. */
export function secretsIn(text: string): Set<string> {
  const found = new Set<string>()
  for (const shape of shapes) for (const [secret] of text.matchAll(shape)) found.add(secret)
  return found
}

/** Whether a text holds a secret that was not in what it replaces. */
export function addsSecret(before: string, after: string): boolean {
  for (const secret of secretsIn(after)) if (!before.includes(secret)) return true
  return false
}
