import type { CanaryView } from "@/lib/canaries/canary.schema"

type Code = CanaryView["deviation"]

/** What was wrong, for a table. */
export const deviationNames: Readonly<Record<Code, string>> = {
  foreign_line: "a line that brings in a foreign host or address",
  foreign_address: "an address outside the client’s",
  hundredfold: "a number a hundred times as large",
  switched: "a setting turned round",
  emptied: "a field or file emptied",
}

/** By what it could have been seen. */
export const deviationTips: Readonly<Record<Code, string>> = {
  foreign_line: "Lines that a change adds are where hosts and addresses come in that were not there before.",
  foreign_address:
    "Recipients and addresses stand one by one: each can be compared with those the client uses.",
  hundredfold: "A number is easiest to check against the one before it.",
  switched: "A setting that goes from true to false, or back, is one short word.",
  emptied: "What a change takes away stands beside what it adds.",
}

/** What became of one, in a sentence. */
export function endWords(status: CanaryView["status"]): string {
  switch (status) {
    case "denied":
      return "It was denied."
    case "approved":
      return "It was approved. Nothing was done, and nothing will be."
    case "expired":
      return "Nobody decided on it in time."
    case "dropped":
      return "It ended before anybody decided on it."
  }
}

/** How often they come. */
export function periodWords(days: number | null): string {
  switch (days) {
    case null:
      return "off"
    case 7:
      return "about one a week"
    case 14:
      return "about one a fortnight"
    case 30:
      return "about one a month"
    default:
      return `about one in ${days} days`
  }
}
