/** What publishing a policy would do. */
export const effectOf = {
  at_once: "Published, it holds from the next call.",
  second_person: "It loosens what holds, so another administrator has to approve it.",
  after_notice:
    "It loosens what holds, and nobody else administers this client: it takes effect after 24 hours.",
} as const

export function versionWords(version: number): string {
  return version === 1 ? "the tier defaults" : `version ${version}`
}
