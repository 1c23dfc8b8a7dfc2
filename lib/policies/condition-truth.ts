import { ConditionFault, isList, isObject, kindOf, spend, type Meter } from "./condition-value"

/** What a step sees: the variables, and what the one macro around it is at. */
export type Scope = {
  readonly variables: Readonly<Record<string, unknown>>
  readonly meter: Meter
  item: unknown
}

/** One node of a condition, ready to run. */
export type Step = (scope: Scope) => unknown

/** Of an object its names, as CEL has it. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (isList(value)) return value
  if (isObject(value)) return Object.keys(value)
  throw new ConditionFault("condition_type", `${kindOf(value)} has no items`)
}

/** What a macro goes through. */
export type Over = (scope: Scope) => readonly unknown[]

export function filter(over: Over, test: Step, cost: number): (scope: Scope) => unknown[] {
  return (scope) => {
    const kept: unknown[] = []
    for (const item of over(scope)) {
      spend(scope.meter, cost)
      scope.item = item
      if (truth(test(scope))) kept.push(item)
    }
    return kept
  }
}

/** One item that settles the answer counts more than one that cannot be asked, whichever comes first. */
export function quantifier(settling: boolean, over: Over, test: Step, cost: number): Step {
  return (scope) => {
    let fault: ConditionFault | undefined
    for (const item of over(scope)) {
      spend(scope.meter, cost)
      scope.item = item
      const found = attempt(test, scope)
      if (found === settling) return settling
      if (found instanceof ConditionFault) fault ??= found
    }
    if (fault !== undefined) throw fault
    return !settling
  }
}

/** As with items: one side that settles the answer is enough. */
export function logical(settling: boolean, left: Step, right: Step): Step {
  return (scope) => {
    const first = attempt(left, scope)
    if (first === settling) return settling
    const second = truth(right(scope))
    if (second === settling) return settling
    if (first instanceof ConditionFault) throw first
    return !settling
  }
}

/** Making a fault and catching it takes as long as some hundred steps. */
const faultCost = 200

/** What a step gives, or why it cannot be asked; running out of steps ends everything. */
function attempt(step: Step, scope: Scope): boolean | ConditionFault {
  try {
    return truth(step(scope))
  } catch (fault) {
    if (!(fault instanceof ConditionFault) || fault.code === "condition_too_costly") throw fault
    spend(scope.meter, faultCost)
    return fault
  }
}

export function choice(condition: Step, then: Step, otherwise: Step): Step {
  return (scope) => (truth(condition(scope)) ? then(scope) : otherwise(scope))
}

/** @throws ConditionFault `condition_type` for what is neither true nor false */
export function truth(value: unknown): boolean {
  if (typeof value === "boolean") return value
  throw new ConditionFault("condition_type", `${kindOf(value)} is neither true nor false`)
}
