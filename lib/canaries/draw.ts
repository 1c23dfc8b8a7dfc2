import { sha256Hex } from "@deltaseal/guard/change"

/** One of several, the same for the same seed and purpose. */
export function drawOne<Value>(seed: string, purpose: string, values: readonly Value[]): Value | undefined {
  return values[Number.parseInt(sha256Hex(`${seed}\0${purpose}`).slice(0, 8), 16) % values.length]
}

/** All of them in an order that the seed decides. */
export function shuffled<Value>(seed: string, purpose: string, values: readonly Value[]): Value[] {
  return values
    .map((value, index) => ({ value, place: sha256Hex(`${seed}\0${purpose}\0${index}`) }))
    .toSorted((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ value }) => value)
}
