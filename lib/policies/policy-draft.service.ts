import type { JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import type { FieldText } from "@/lib/changes/field-rows"
import { inTenant } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { hasSecondPerson } from "@/lib/members/administrators.service"
import { authorise } from "@/lib/operations/command"
import { judge } from "./judging.service"
import { versionInForce } from "./policies.repo"
import type { PolicyDocument } from "./policy"
import { diffPolicies } from "./policy-diff"
import { readPolicy } from "./policy-text"

/** What keeps a text from being a policy, with its place; lines and columns count from 1. */
export type TextProblem = Extract<ReturnType<typeof readPolicy>, { ok: false }>["problems"][number]

/** A draft as it stands: what is wrong with it, or what publishing it would do. */
export type CheckedDraft = Readonly<{
  problems: readonly TextProblem[]
  /** The version in force, which the rest compares with. */
  against: number
  comparison: DraftComparison | null
}>

export type DraftComparison = Readonly<{
  isSame: boolean
  diff: readonly FieldText[]
  loosens: readonly string[]
  tightens: readonly string[]
  needsSecondPerson: boolean
  /** How publishing it would come into force. */
  takesEffect: "at_once" | "second_person" | "after_notice"
}>

/** Says what publishing a text would do, and does nothing. */
export async function checkDraft(actor: PersonActor, tenantId: string, text: string): Promise<CheckedDraft> {
  authorise(actor, "policy:read", tenantId)
  const read = readPolicy(text)

  return inTenant(tenantId, async (db) => {
    const against = await versionInForce(db)
    if (against === null) throw new AppError("not_found")
    if (!read.ok) return { problems: read.problems, against, comparison: null }
    const { before, ...judged } = await judge(db, against, { document: read.document, text })
    const hasOther = !judged.needsSecondPerson || (await hasSecondPerson(db, actor.personId))
    const waits = hasOther ? "second_person" : "after_notice"

    return {
      problems: [],
      against,
      comparison: {
        ...judged,
        diff: diffPolicies(before, read.document as unknown as JsonValue),
        takesEffect: judged.needsSecondPerson ? waits : "at_once",
      },
    }
  })
}

/** @throws AppError `invalid_policy` with every problem, each beginning with its line and column */
export function requireDocument(text: string): PolicyDocument {
  const read = readPolicy(text)
  if (read.ok) return read.document

  throw new AppError("invalid_policy", undefined, {
    reasons: read.problems.slice(0, 20).map(({ line, column, code, message }) => ({
      code,
      message: `Line ${line}, column ${column}: ${message}`,
      path: "/text",
    })),
  })
}
