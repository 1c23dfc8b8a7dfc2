/** What a password must have (NIST SP 800-63B: length, and no rules of composition). */
export const passwordCharactersMin = 12
export const passwordBytesMax = 1_024

/** Why a password is not accepted, in words for whoever typed it; null when it is. */
export function whyRefused(password: string, email: string): string | null {
  if (new TextEncoder().encode(password).byteLength > passwordBytesMax) {
    return `A password has at most ${passwordBytesMax} bytes.`
  }
  if (Array.from(password).length < passwordCharactersMin) {
    return `A password has at least ${passwordCharactersMin} characters. Any will do: a sentence is easier to remember than a riddle.`
  }
  if (password.trim().toLowerCase() === email.toLowerCase()) return "The e-mail address is not a password."

  return null
}
