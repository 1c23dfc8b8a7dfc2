import { Environment, type ASTNode } from "@marcbachmann/cel-js"
import { nodesOf, stepOf, type Names } from "./condition-steps"
import { truth, type Step } from "./condition-truth"
import { ConditionFault, Moment, spend, type Meter } from "./condition-value"
import { noChange, type PolicyFacts } from "./policy-facts"

/** A condition of a rule, compiled once. */
export type Condition = Readonly<{
  /** @throws ConditionFault whatever goes wrong */
  test: (variables: Variables, meter: Meter) => boolean
}>

/** The facts of one call under the names that conditions have for them. */
export type Variables = Readonly<Record<string, unknown>>

/** A longer condition is one that nobody reads. In UTF-16 units. */
export const conditionLengthMax = 2_000

const limits = {
  maxAstNodes: 300,
  maxDepth: 32,
  maxListElements: 200,
  maxMapEntries: 0,
  maxCallArguments: 3,
}

/**
 * Reads a condition in CEL and checks its names and types.
 *
 * @throws ConditionFault with the offset of what is wrong
 */
export function compileCondition(text: string): Condition {
  if (text.length > conditionLengthMax) {
    throw new ConditionFault("condition_too_long", `it has more than ${conditionLengthMax} characters`, 0)
  }
  const ast = checked(text)
  const step = stepOf(ast, names)
  const cost = nodesOf(ast)

  return {
    test: (variables, meter) => {
      spend(meter, cost)
      return answerOf(step, variables, meter)
    },
  }
}

/** The variables of a call. One without a change has an empty one, and no step or model is an empty text. */
export function variablesOf({ input, change, run, tool, tenant, now }: PolicyFacts): Variables {
  return {
    input,
    change: change ?? noChange,
    run: { ...run, step: run.step ?? "", model: run.model ?? "", openedAt: new Moment(run.openedAt) },
    tool,
    tenant,
    now: new Moment(now),
  }
}

function answerOf(step: Step, variables: Variables, meter: Meter): boolean {
  try {
    return truth(step({ variables, meter, item: undefined }))
  } catch (error) {
    if (error instanceof ConditionFault) throw error
    throw new ConditionFault("condition_error", "it could not be evaluated")
  }
}

function checked(text: string): ASTNode {
  const parsed = refusing(() => environment.parse(text))
  const { valid, type, error } = refusing(() => parsed.check())
  if (!valid) throw faultOf(error)
  if (type !== "bool" && type !== "dyn") {
    throw new ConditionFault("not_boolean", `it gives ${type ?? "nothing"}, and must give true or false`, 0)
  }
  return parsed.ast
}

function refusing<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw faultOf(error)
  }
}

const codes: Readonly<Record<string, string>> = {
  unknown_variable: "unknown_variable",
  no_such_key: "unknown_member",
  limit_exceeded: "condition_too_large",
}

/** In the library's words where ours are no better, without the excerpt that it adds to its messages. */
function faultOf(error: unknown): ConditionFault {
  const { name, code, summary, range } = (error ?? {}) as {
    name?: string
    code?: string
    summary?: string
    range?: { start: number }
  }
  const kind = name === "ParseError" ? "condition_syntax" : "condition_type"
  const words = ownWords(summary ?? "it cannot be read")
  return new ConditionFault(codes[code ?? ""] ?? kind, words, range?.start ?? 0)
}

function ownWords(summary: string): string {
  return summary
    .replace(/^./, (letter) => letter.toLowerCase())
    .replace(/^no such key: /, "there is no member ")
    .replace(/^no such overload: /, "these do not go together: ")
}

const amountMembers = { path: "string", before: "dyn", after: "dyn" }
const time = "google.protobuf.Timestamp"

const members = {
  change: {
    kinds: "list<string>",
    ops: "list<string>",
    targets: "list<string>",
    paths: "list<string>",
    parts: "int",
    files: "int",
    records: "int",
    configs: "int",
    messages: "int",
    commands: "int",
    creates: "int",
    updates: "int",
    deletes: "int",
    moves: "int",
    added: "int",
    removed: "int",
    fields: "list<string>",
    recipients: "list<string>",
    recipientDomains: "list<string>",
    firstContacts: "list<string>",
    recipientsMax: "int",
    hosts: "list<string>",
    flags: "list<string>",
    amounts: "list<Amount>",
    configFeatures: "list<string>",
    bytes: "int",
  },
  run: {
    runId: "string",
    environment: "string",
    workflow: "string",
    step: "string",
    agent: "string",
    model: "string",
    operatorId: "string",
    tainted: "bool",
    openedAt: time,
  },
  tool: { server: "string", name: "string", version: "string", tier: "string" },
  tenant: { tenantId: "string", name: "string" },
}

const environment = new Environment({ limits, homogeneousAggregateLiterals: false })
  .registerType({ name: "Amount", schema: amountMembers })
  .registerVariable("input", "dyn")
  .registerVariable("now", time)
for (const [name, schema] of Object.entries(members)) environment.registerVariable({ name, schema })

const names: Names = {
  variables: new Map<string, ReadonlySet<string> | null>([
    ["input", null],
    ["now", new Set<string>()],
    ...Object.entries(members).map(([name, schema]) => [name, new Set(Object.keys(schema))] as const),
  ]),
  item: null,
}
