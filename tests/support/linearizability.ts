/**
 * Whether what clients saw of one thing can be explained by one operation after the other (Herlihy and Wing 1990): the
 * search of Wing and Gong, with Lowe's memory of what was tried before.
 */

/** An operation with when it was sent and when it was answered, by one clock. Never answered: `Infinity`. */
export type Observed<Operation> = Readonly<{ sentAt: number; answeredAt: number; operation: Operation }>

/** What the thing is when only one operation happens at a time. */
export type Sequential<State, Operation> = Readonly<{
  first: State
  /**
   * Where an operation leads that was answered as it was: nowhere when nobody
   * could have been answered so. Must not change the state it is given.
   */
  step: (state: State, operation: Operation) => readonly State[]
  /** Equal for states that nothing can tell apart. */
  keyOf: (state: State) => string
  /** Whether an operation that fits here changes nothing and, so answered, could change nothing later either. */
  onlyLooks: (state: State, operation: Operation) => boolean
}>

/**
 * An order that explains the history: an operation that was answered before
 * another was sent comes before it, and one without an answer may be missing.
 * Null when there is none.
 */
export function legalOrder<State, Operation>(
  history: readonly Observed<Operation>[],
  { first, step, keyOf, onlyLooks }: Sequential<State, Operation>,
): readonly Operation[] | null {
  // Whatever was answered first most likely happened first, so that is tried first.
  const sorted = history.toSorted((a, b) => a.answeredAt - b.answeredAt || a.sentAt - b.sentAt)
  const tried = new Set<string>()
  return search(
    sorted.map((_, index) => index),
    first,
  )

  /** @param left what has not happened yet, by when it was answered */
  function search(left: readonly number[], state: State): readonly Operation[] | null {
    const [rest, seen] = takeLooks(left, state)
    if (rest.every((index) => at(index).answeredAt === Infinity)) return seen
    const key = `${rest.join()} ${keyOf(state)}`
    if (tried.has(key)) return null
    tried.add(key)

    for (const index of couldBeNext(rest)) {
      const { operation } = at(index)
      for (const next of step(state, operation)) {
        const after = search(without(rest, index), next)
        if (after !== null) return [...seen, operation, ...after]
      }
    }
    return null
  }

  /** A look takes nothing from what comes later: where it fits, it may as well have happened. */
  function takeLooks(left: readonly number[], state: State): [readonly number[], Operation[]] {
    const seen: Operation[] = []
    let rest = left
    for (let before = -1; before !== rest.length;) {
      before = rest.length
      for (const index of couldBeNext(rest)) {
        const { operation } = at(index)
        if (!onlyLooks(state, operation) || step(state, operation).length === 0) continue
        rest = without(rest, index)
        seen.push(operation)
      }
    }
    return [rest, seen]
  }

  /** What no other operation that is left was answered before. */
  function couldBeNext(left: readonly number[]): readonly number[] {
    const firstAnswer = at(left[0] ?? 0).answeredAt
    return left.filter((index) => at(index).sentAt <= firstAnswer)
  }

  function at(index: number): Observed<Operation> {
    const observed = sorted[index]
    if (observed === undefined) throw new Error("No such operation.")
    return observed
  }
}

function without(left: readonly number[], index: number): readonly number[] {
  return left.filter((other) => other !== index)
}
