import type { Choice, Course } from "./choice"

/** `1 client`, `50 clients`. */
export function clientWords(count: number): string {
  return count === 1 ? "1 client" : `${count} clients`
}

/** What will happen to those chosen, a sentence for each course: `1 client: it holds at once (Acme Dental).` */
export function courseSentences(chosen: readonly Choice[]): string[] {
  return courses.flatMap((course) => {
    const names = chosen.filter((choice) => choice.course === course).map(({ name }) => name)
    return names.length === 0
      ? []
      : [`${clientWords(names.length)}: ${sentences[course]} (${nameWords(names)}).`]
  })
}

const courses = ["at_once", "second_person", "after_notice", "taken_back"] as const

const sentences = {
  at_once: "it holds at once, from the next call",
  second_person: "it waits until another administrator approves it, because it loosens what holds there",
  after_notice:
    "it takes effect after 24 hours, because it loosens what holds there and nobody else administers the client",
  taken_back: "what waits is taken back and never takes effect",
} as const satisfies Record<Exclude<Course, "none">, string>

const shortly = {
  at_once: "at once",
  second_person: "by a second person",
  after_notice: "after 24 hours",
  taken_back: "taken back",
} as const satisfies Record<Exclude<Course, "none">, string>

const namesMax = 8

function nameWords(names: readonly string[]): string {
  const more = names.length - namesMax
  if (more > 1) return `${names.slice(0, namesMax).join(", ")} and ${more} more`

  return names.join(", ")
}

/** The same in short: `2 at once, 1 by a second person`. */
export function courseCounts(chosen: readonly Choice[]): string {
  return courses
    .flatMap((course) => {
      const count = chosen.filter((choice) => choice.course === course).length
      return count === 0 ? [] : [`${count} ${shortly[course]}`]
    })
    .join(", ")
}
