import type { CanarySource, Deviation } from "./deviation"
import { shuffled } from "./draw"
import { messageDeviations } from "./message-deviations"
import { recordDeviations } from "./record-deviations"
import { textDeviations } from "./text-deviations"

/**
 * Every way to make a canary of a source, in an order that the seed decides.
 * Each has exactly one deviation, and its input asks for what its part does. The
 * same seed gives the same.
 */
export function deviationsOf(source: CanarySource, seed: string): readonly Deviation[] {
  return shuffled(seed, "deviation", allOf(source, seed))
}

function allOf({ input, part, stands }: CanarySource, seed: string): readonly Deviation[] {
  switch (part.kind) {
    case "file":
    case "config":
      return textDeviations({ input, part, stands }, seed)
    case "record":
      return recordDeviations({ input, part, stands }, seed)
    case "message":
      return messageDeviations({ input, part }, seed)
  }
}
