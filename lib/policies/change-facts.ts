import { type JsonValue, type PartKind, type PartOp } from "@deltaseal/guard/change"
import type { ConfigFeature } from "@deltaseal/guard/config"
import type { PartDiff } from "@/lib/changes/change"
import type { PreparedChange } from "@/lib/changes/changes.service"
import type { FieldChange } from "@/lib/changes/field-change"
import { normalAddress } from "@/lib/changes/mail-address"
import { amountsOf } from "./amounts"
import type { ChangeFacts, CommandLine } from "./policy-facts"
import { variableTexts } from "./subcommand"
import { hostsIn } from "./url-hosts"

type Part = PreparedChange["parts"][number]

/**
 * What policies can look at of a change, all from what the server found out.
 *
 * @param input of the call: hosts are looked for in it
 */
export function changeFacts({ parts, flags }: PreparedChange, input: JsonValue): ChangeFacts {
  const fields = parts.flatMap(fieldsOf)

  return {
    kinds: unique(parts.map(({ kind }) => kind)),
    ops: unique(parts.map(({ op }) => op)),
    targets: unique(parts.map(targetWords)),
    paths: unique(parts.flatMap(pathsOf)),
    parts: parts.length,
    ...countsByKind(parts),
    ...countsByOp(parts),
    added: sum(parts.map(({ added }) => added)),
    removed: sum(parts.map(({ removed }) => removed)),
    fields: unique(fields.map(({ path }) => path)),
    ...recipientFacts(parts),
    hosts: hostsIn([input, ...fields.flatMap((change) => ("to" in change ? [change.to] : []))]),
    flags,
    amounts: fields.flatMap(amountsOf),
    configFeatures: unique(
      parts.flatMap(({ configFeatures = [] }): readonly ConfigFeature[] => configFeatures),
    ).sort(),
    commandLines: parts.flatMap(commandLines),
    bytes: sum(parts.map(({ after }) => (after.state === "present" ? after.bytes : 0))),
  }
}

function countsByKind(
  parts: readonly Part[],
): Pick<ChangeFacts, "files" | "records" | "configs" | "messages" | "commands"> {
  const of = (kind: PartKind) => parts.filter((part) => part.kind === kind).length
  return {
    files: of("file"),
    records: of("record"),
    configs: of("config"),
    messages: of("message"),
    commands: of("command"),
  }
}

function countsByOp(parts: readonly Part[]): Pick<ChangeFacts, "creates" | "updates" | "deletes" | "moves"> {
  const of = (op: PartOp) => parts.filter((part) => part.op === op).length
  return { creates: of("create"), updates: of("update"), deletes: of("delete"), moves: of("move") }
}

type RecipientFacts = Pick<ChangeFacts, "recipients" | "recipientDomains" | "firstContacts" | "recipientsMax">

/** Where the tenant's history is not known, everybody is somebody new. */
function recipientFacts(parts: readonly Part[]): RecipientFacts {
  const messages = parts.flatMap(({ diff }) => (diff.type === "message" ? [diff.preview.recipients] : []))
  const recipients = messages.flat()
  const first = recipients.filter(({ isFirst }) => isFirst !== false)

  return {
    recipients: unique(recipients.map(({ address }) => normalAddress(address))),
    recipientDomains: unique(recipients.flatMap(({ domain }) => domain ?? [])),
    firstContacts: unique(first.map(({ address }) => normalAddress(address))),
    recipientsMax: Math.max(0, ...messages.map(({ length }) => length)),
  }
}

/** Only of records and configs: a call's input and a message have no fields that change. */
function fieldsOf({ diff }: Readonly<{ diff: PartDiff }>): readonly FieldChange[] {
  return diff.type === "json_patch" || diff.type === "normalized_json" ? diff.preview : []
}

function commandLines({ diff }: Readonly<{ diff: PartDiff }>): CommandLine[] {
  if (diff.type !== "command") return []
  const { argv, cwd, env, stdinDigest, image } = diff.preview
  return [{ argv, cwd, env: variableTexts(env), hasStdin: stdinDigest !== null, image }]
}

function pathsOf({ kind, target }: Part): string[] {
  if (kind !== "file") return []
  return [target["from"], target["path"]].filter((path) => path !== undefined)
}

function targetWords({ kind, target }: Part): string {
  const named = (name: string) => target[name] ?? ""
  switch (kind) {
    case "file":
      return `${named("path")} in ${named("workspace")}`
    case "record":
      return `${named("type")} ${named("id")} in ${named("system")}`
    case "config":
      return `${named("name")} in ${named("system")}`
    case "message":
      return named("channel")
    case "command":
      return named("runner")
    case "call":
      return `${named("server")}/${named("name")}`
  }
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
