import type { Choice, Course } from "./choice"

/** `1 client`, `50 clients`. */
export function clientWords(count: number): string {
  return count === 1 ? "1 client" : `${count} clients`
}

/** What will happen to those chosen, a sentence for each course: `At once, from the next call: Acme Dental.` */
export function courseSentences(chosen: readonly Choice[]): string[] {
  return (Object.keys(sentences) as (keyof typeof sentences)[]).flatMap((course) => {
    const names = chosen.filter((choice) => choice.course === course).map(({ name }) => name)
    return names.length === 0 ? [] : [`${sentences[course]}: ${nameWords(names)}.`]
  })
}

const sentences = {
  at_once: "Holds at once, from the next call",
  second_person: "Waits until another administrator approves it, because it loosens what holds",
  after_notice:
    "Takes effect after 24 hours, because it loosens what holds and nobody else administers the client",
  taken_back: "What waits is taken back and never takes effect",
} as const satisfies Record<Exclude<Course, "none">, string>

const namesMax = 8

function nameWords(names: readonly string[]): string {
  const more = names.length - namesMax
  if (more > 1) return `${names.slice(0, namesMax).join(", ")} and ${more} more`

  return names.join(", ")
}

/** The same in short: `2 at once, 1 asks a second person`. */
export function courseCounts(chosen: readonly Choice[]): string {
  const counts = new Map<string, number>()
  for (const { mark } of chosen) counts.set(mark.words, (counts.get(mark.words) ?? 0) + 1)

  return [...counts].map(([words, count]) => `${count} ${words}`).join(", ")
}
