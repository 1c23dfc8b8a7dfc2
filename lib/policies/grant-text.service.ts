import { parseDocument, YAMLSeq } from "yaml"
import type { PolicyDocument } from "./policy"
import { policyJson, readPolicy, writePolicy } from "./policy-text"
import { isSameJson } from "@/lib/changes/same-json"
import type { JsonValue } from "@deltaseal/guard/change"

/** A policy with the words of its author. */
export type WrittenPolicy = Readonly<{ document: PolicyDocument; text: string }>

/**
 * Writes the rules of a changed policy into the text of the old one, so that
 * its author's comments stay. Where the text cannot be kept it is written anew.
 */
export function withRules(before: WrittenPolicy, rules: PolicyDocument["rules"]): WrittenPolicy {
  const document = { ...before.document, rules }
  const kept = edited(before, document)
  const read = kept === null ? null : readPolicy(kept)
  if (kept === null || read?.ok !== true || !isSameJson(json(read.document), json(document))) {
    return { document, text: writePolicy(document) }
  }

  return { document, text: kept }
}

/** Null when this is not the text of that policy. */
function edited({ document, text }: WrittenPolicy, after: PolicyDocument): string | null {
  const yaml = parseDocument(text, { version: "1.2", schema: "core" })
  const list = yaml.get("rules")
  if (!(list instanceof YAMLSeq) || list.items.length !== document.rules.length) return null
  const kept: unknown[] = list.items.filter((_, index) =>
    after.rules.some(({ name }) => name === document.rules[index]?.name),
  )
  const added = after.rules.filter((rule) => !document.rules.some(({ name }) => name === rule.name))
  const { rules: written } = policyJson({ version: 1, rules: added })
  list.items = [...kept, ...(Array.isArray(written) ? written : []).map((rule) => yaml.createNode(rule))]

  return yaml.toString({ lineWidth: 0 })
}

function json(value: object): JsonValue {
  return value as JsonValue
}
