import type { JsonObject, JsonValue } from "@deltaseal/guard/change"
import { stringify } from "yaml"
import type { z } from "zod"
import { compileCondition } from "./condition"
import { ConditionFault } from "./condition-value"
import { durationText } from "./duration"
import type { PolicyDocument } from "./policy"
import { readYaml, type Place, type YamlReading } from "./policy-yaml"
import { PolicyShape } from "./policy.schema"

/** What keeps a text from being a policy. `path` is a JSON Pointer; line and column count from 1. */
export type PolicyTextProblem = Place & Readonly<{ path: string; code: string; message: string }>

export type PolicyReading =
  | Readonly<{ ok: true; document: PolicyDocument }>
  | Readonly<{ ok: false; problems: readonly PolicyTextProblem[] }>

/** A longer policy is refused unread. In UTF-16 units. */
export const policyLengthMax = 256 * 1024

/** Reads a policy in YAML, strictly, its conditions too. Every problem is named at once, in the order of the text. */
export function readPolicy(text: string): PolicyReading {
  if (text.length > policyLengthMax)
    return refused("policy_too_long", "A policy has at most 256 KiB of text.")
  try {
    return checked(readYaml(text))
  } catch (error) {
    if (error instanceof RangeError) return refused("yaml_syntax", "This nests too deep.")
    throw error
  }
}

/** A policy as YAML that is read back as the same: members in one order, durations as text. */
export function writePolicy(document: PolicyDocument): string {
  return stringify(policyJson(document), {
    version: "1.2",
    schema: "core",
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
}

/**
 * What a policy's text says, as JSON. Members that we do not know stay, so that
 * reading it back refuses them.
 */
export function policyJson({ rules, limits, ...document }: PolicyDocument): JsonObject {
  const run = limits?.run
  const written = {
    ...document,
    rules: rules.map(({ approval, ...rule }) => ({
      ...rule,
      ...(approval && { approval: timed(approval) }),
    })),
    ...(limits && {
      limits: {
        ...limits,
        ...(run && { run: timed(run) }),
        ...(limits.tools && { tools: limits.tools.map(timed) }),
      },
    }),
  }
  return ordered(written) as JsonObject
}

const durations: ReadonlyMap<string, string> = new Map([
  ["expiresInSeconds", "expiresIn"],
  ["useWithinSeconds", "useWithin"],
  ["carryOverSeconds", "carryOver"],
  ["wallTimeSeconds", "wallTime"],
  ["timeoutSeconds", "timeout"],
])

function timed(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, said]: [string, unknown]) => {
      const written = durations.get(name)
      return written === undefined || typeof said !== "number" ? [name, said] : [written, durationText(said)]
    }),
  )
}

const order = [
  ..."version name group description match server tool tier environment workflow step when effect approval".split(
    " ",
  ),
  ..."stages anyOf count expiresIn useWithin carryOver reasonRequired stepUp paths patchPaths allow deny recipients".split(
    " ",
  ),
  ..."addresses domains firstContact perMessage configFeatures commands argv oneOf pattern cwd image env digest egress dryRun live taints rules tainted selfReview".split(
    " ",
  ),
  ..."limits run toolCalls writes wallTime perMinute timeout outputBytes tokens tools tenant reviewer".split(
    " ",
  ),
  ..."pendingApprovals messagesPerDay recipientsPerMessage change bodyBytes parts contentBytes diffLines grant from ops maxUses until".split(
    " ",
  ),
]

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== "object" || value === null) return value
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  const members = Object.entries(value).sort(([a], [b]) => place(a) - place(b))
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]))
}

function checked(yaml: YamlReading): PolicyReading {
  if (yaml.faults.length > 0) {
    return failed(
      yaml.faults.map(({ offset, ...fault }) => ({ ...yaml.placeOf(offset), path: "", ...fault })),
    )
  }
  const shape = PolicyShape.safeParse(yaml.value)
  const problems = [
    ...(shape.success ? [] : shape.error.issues.flatMap((issue) => shapeProblems(issue, yaml))),
    ...ruleProblems(yaml),
  ]
  return shape.success && problems.length === 0 ? { ok: true, document: shape.data } : failed(problems)
}

function failed(problems: readonly PolicyTextProblem[]): PolicyReading {
  return { ok: false, problems: [...problems].sort((a, b) => a.line - b.line || a.column - b.column) }
}

function refused(code: string, message: string): PolicyReading {
  return failed([{ line: 1, column: 1, path: "", code, message }])
}

function shapeProblems(issue: z.core.$ZodIssue, yaml: YamlReading): PolicyTextProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      return {
        ...yaml.placeOf(yaml.find(path, true)),
        path: pointer(path),
        code: "unknown_member",
        message: `There is no member ${key} here.`,
      }
    })
  }
  return [
    { ...yaml.placeOf(yaml.find(issue.path)), path: pointer(issue.path), ...wordsOf(issue, yaml.value) },
  ]
}

function wordsOf(issue: z.core.$ZodIssue, root: unknown): Readonly<{ code: string; message: string }> {
  const { message } = issue
  if (issue.code === "custom") {
    const code: unknown = issue.params?.["code"]
    return { code: typeof code === "string" ? code : "wrong_value", message }
  }
  if (issue.code === "invalid_type" || issue.code === "invalid_value") {
    const name = String(issue.path.at(-1) ?? "policy")
    if (valueAt(root, issue.path) === undefined)
      return { code: "missing_member", message: `The member ${name} is missing.` }
    return issue.code === "invalid_type"
      ? { code: "wrong_type", message: typeWords(issue) }
      : { code: "wrong_value", message: valueWords(issue) }
  }
  return {
    code: issue.code === "too_small" || issue.code === "too_big" ? "out_of_range" : "wrong_value",
    message,
  }
}

/** What should stand somewhere, where the schema has no words of its own for it. */
function typeWords({ expected, message, path }: z.core.$ZodIssueInvalidType): string {
  if (!message.startsWith("Invalid input")) return message
  if (path.length === 0) return "A policy has members: it begins with `version: 1` and has `rules`."
  if (expected === "array") return "This is a list, in brackets: `[one, another]`."
  if (expected === "object") return "This has members of its own, each with a name and a value."
  return expected === "string" ? "This is text; put what looks like a number in quotes." : `${message}.`
}

function valueWords({ values, message }: z.core.$ZodIssueInvalidValue): string {
  return message.startsWith("Invalid") ? `This is one of ${values.map(String).join(", ")}.` : message
}

/** What spans rules, or is written in another language: asked of every rule, whatever else is wrong. */
function ruleProblems(yaml: YamlReading): PolicyTextProblem[] {
  const rules = valueAt(yaml.value, ["rules"])
  if (!Array.isArray(rules)) return []
  const seen = new Set<unknown>()

  return rules.flatMap((rule: unknown, index) => {
    const [name, when] = [valueAt(rule, ["name"]), valueAt(rule, ["when"])]
    const found = typeof when === "string" ? conditionProblems(when, ["rules", index, "when"], yaml) : []
    if (typeof name !== "string" || !seen.has(name)) {
      seen.add(name)
      return found
    }
    const path = ["rules", index, "name"]
    const message = `There is another rule with the name ${name}.`
    return [
      ...found,
      { ...yaml.placeOf(yaml.find(path)), path: pointer(path), code: "duplicate_rule", message },
    ]
  })
}

function conditionProblems(
  when: string,
  path: readonly PropertyKey[],
  yaml: YamlReading,
): PolicyTextProblem[] {
  try {
    compileCondition(when)
    return []
  } catch (fault) {
    if (!(fault instanceof ConditionFault)) throw fault
    const { code, message, offset = 0 } = fault
    const place = yaml.placeOf(yaml.findInText(path, offset))
    return [{ ...place, path: pointer(path), code, message: `In this condition, ${message}.` }]
  }
}

function valueAt(root: unknown, path: readonly PropertyKey[]): JsonValue | undefined {
  let value = root
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value as JsonValue | undefined
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
}
