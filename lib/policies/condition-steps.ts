import type { ASTNode } from "@marcbachmann/cel-js"
import { compilePattern, functions, isTimeZone, methods } from "./condition-functions"
import { arithmetic, isIn, negated } from "./condition-operators"
import { choice, filter, itemsOf, logical, quantifier, truth, type Scope, type Step } from "./condition-truth"
import { areEqual, compare, ConditionFault, isList, isObject, kindOf } from "./condition-value"

/** What a name means where a node stands. */
export type Names = Readonly<{
  /** The members of each variable; null where any can be asked for. */
  variables: ReadonlyMap<string, ReadonlySet<string> | null>
  /** What the macro around the node calls its item; null outside of one. */
  item: string | null
}>

/**
 * A node as something to run, with nothing left to look up. The library reads
 * and types conditions; we run them, because its own evaluation has no bound
 * and takes patterns that backtrack (ADR 0036).
 *
 * @throws ConditionFault for what conditions cannot use, with its offset
 */
export function stepOf(node: ASTNode, names: Names): Step {
  switch (node.op) {
    case "value":
      return literal(node)
    case "id":
      return variable(node, node.args, names)
    case ".":
      return member(stepOf(node.args[0], names), node.args[1])
    case "[]":
      return element(stepOf(node.args[0], names), stepOf(node.args[1], names))
    case "list":
      return list(node.args, names)
    case "call":
      return call(node, node.args, names)
    case "rcall":
      return method(node, node.args, names)
    case "?:":
      return choice(stepOf(node.args[0], names), stepOf(node.args[1], names), stepOf(node.args[2], names))
    case "&&":
    case "||":
      return logical(node.op === "||", stepOf(node.args[0], names), stepOf(node.args[1], names))
    case "!_": {
      const value = stepOf(node.args, names)
      return (scope) => !truth(value(scope))
    }
    case "-_": {
      const value = stepOf(node.args, names)
      return (scope) => negated(value(scope))
    }
    case "map":
    case ".?":
    case "[?]":
      throw unsupported(node, "maps and optional values cannot be used here")
    case "/":
    case "%":
      throw unsupported(node, "there is no division: multiply the other side instead")
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "in":
    case "+":
    case "-":
    case "*":
      return binary(node.op, stepOf(node.args[0], names), stepOf(node.args[1], names))
  }
}

/** How many nodes there are: what running each of them once costs. */
export function nodesOf(node: ASTNode): number {
  return 1 + nodesIn(node.args)
}

function nodesIn(args: unknown): number {
  if (Array.isArray(args)) return args.reduce<number>((sum, item) => sum + nodesIn(item), 0)
  return isNode(args) ? nodesOf(args) : 0
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value
}

function literal(node: ASTNode): Step {
  const value = literalOf(node)
  return () => value
}

function literalOf(node: ASTNode): unknown {
  const value = typeof node.args === "bigint" ? Number(node.args) : node.args
  if (typeof value === "number" && !Number.isSafeInteger(Math.trunc(value))) {
    throw unsupported(node, "the number is too large")
  }
  if (typeof value === "object" && value !== null) {
    throw unsupported(node, "bytes and unsigned numbers cannot be used")
  }
  return value
}

function variable(node: ASTNode, name: string, names: Names): Step {
  if (name === names.item) return (scope) => scope.item
  if (!names.variables.has(name))
    throw new ConditionFault("unknown_variable", `there is no ${name}`, startOf(node))
  return ({ variables }) => variables[name]
}

function member(owner: Step, name: string): Step {
  return (scope) => memberOf(owner(scope), name)
}

function memberOf(owner: unknown, name: string): unknown {
  if (isObject(owner) && Object.hasOwn(owner, name)) return owner[name]
  throw new ConditionFault("condition_member", `${kindOf(owner)} has no member ${name.slice(0, 64)}`)
}

function element(owner: Step, index: Step): Step {
  return (scope) => {
    const [container, at] = [owner(scope), index(scope)]
    if (typeof at === "string") return memberOf(container, at)
    if (
      isList(container) &&
      typeof at === "number" &&
      at >= 0 &&
      at < container.length &&
      Number.isInteger(at)
    ) {
      return container[at]
    }
    throw new ConditionFault("condition_member", `${kindOf(container)} has nothing at that place`)
  }
}

function list(nodes: readonly ASTNode[], names: Names): Step {
  const items = nodes.map((item) => stepOf(item, names))
  if (nodes.some(({ op }) => op !== "value")) return (scope) => items.map((item) => item(scope))
  const values = nodes.map((item) => literalOf(item))
  return () => values
}

function call(node: ASTNode, [name, args]: readonly [string, readonly ASTNode[]], names: Names): Step {
  if (name === "has") return hasMember(node, args[0], names)
  const run = functions.get(name)
  if (run === undefined) throw unsupported(node, `${name}() cannot be used here`)
  const steps = args.map((arg) => stepOf(arg, names))
  return (scope) =>
    run(
      steps.map((step) => step(scope)),
      scope.meter,
    )
}

function hasMember(node: ASTNode, asked: ASTNode | undefined, names: Names): Step {
  if (asked?.op !== ".") throw unsupported(node, "has() asks for a member, as in has(input.name)")
  const [owner, name] = asked.args
  const members = owner.op === "id" && owner.args !== names.item ? names.variables.get(owner.args) : null
  if (members?.has(name) === false) {
    throw new ConditionFault("unknown_member", `there is no member ${name}`, startOf(asked))
  }
  const step = stepOf(owner, names)
  return (scope) => {
    const value = step(scope)
    return isObject(value) && Object.hasOwn(value, name)
  }
}

type Call = readonly [string, ASTNode, readonly ASTNode[]]

function method(node: ASTNode, [name, receiver, args]: Call, names: Names): Step {
  if (macros.has(name)) return macro(node, [name, receiver, args], names)
  const owner = stepOf(receiver, names)
  const [argument] = args
  if (name === "matches") {
    if (argument?.op !== "value" || typeof argument.args !== "string") {
      throw unsupported(argument ?? node, "a pattern is written out, so that it can be checked")
    }
    const matches = compilePattern(argument.args, startOf(argument))
    return (scope) => matches(owner(scope), scope.meter)
  }

  const run = methods.get(name)
  if (run === undefined) throw unsupported(node, `.${name}() cannot be used here`)
  if (name.startsWith("get") && argument !== undefined) assertTimeZone(argument)
  const steps = [owner, ...args.map((arg) => stepOf(arg, names))]
  return (scope) =>
    run(
      steps.map((step) => step(scope)),
      scope.meter,
    )
}

function assertTimeZone(node: ASTNode): void {
  if (node.op === "value" && typeof node.args === "string" && isTimeZone(node.args)) return
  throw unsupported(node, "a time zone is written out, such as Europe/Berlin")
}

const macros: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter", "map", "bind"])

function macro(node: ASTNode, [name, range, [item, body, ...others]]: Call, names: Names): Step {
  if (name === "map" || name === "bind") throw unsupported(node, `${name}() cannot be used here`)
  if (names.item !== null) {
    throw new ConditionFault("nested_macro", `${name}() cannot stand inside another one`, startOf(node))
  }
  if (item?.op !== "id" || body === undefined || others.length > 0)
    throw unsupported(node, `${name}() takes x, condition`)
  const [items, test] = [stepOf(range, names), stepOf(body, { ...names, item: item.args })]
  const cost = 1 + nodesOf(body)
  const over = (scope: Scope) => itemsOf(items(scope))

  if (name === "filter") return filter(over, test, cost)
  if (name === "exists_one") {
    const kept = filter(over, test, cost)
    return (scope) => kept(scope).length === 1
  }
  return quantifier(name === "exists", over, test, cost)
}

type BinaryOp = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*"

function binary(op: BinaryOp, left: Step, right: Step): Step {
  switch (op) {
    case "==":
      return (scope) => areEqual(left(scope), right(scope), scope.meter)
    case "!=":
      return (scope) => !areEqual(left(scope), right(scope), scope.meter)
    case "<":
      return (scope) => compare(left(scope), right(scope), scope.meter) < 0
    case "<=":
      return (scope) => compare(left(scope), right(scope), scope.meter) <= 0
    case ">":
      return (scope) => compare(left(scope), right(scope), scope.meter) > 0
    case ">=":
      return (scope) => compare(left(scope), right(scope), scope.meter) >= 0
    case "in":
      return (scope) => isIn(left(scope), right(scope), scope.meter)
    case "+":
    case "-":
    case "*":
      return (scope) => arithmetic(op, left(scope), right(scope), scope.meter)
  }
}

function unsupported(node: ASTNode, message: string): ConditionFault {
  return new ConditionFault("unsupported_expression", message, startOf(node))
}

function startOf({ range }: ASTNode): number {
  return range.start
}
