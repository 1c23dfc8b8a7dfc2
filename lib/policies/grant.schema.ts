import { z } from "zod"
import { grantUsesMax } from "./grant"
import type { RuleGrant } from "./policy"

const ops = ["create", "update", "delete", "move", "send"] as const

/** `until` is written in UTC, in one spelling, so that the same time is the same text. */
export const GrantShape: z.ZodType<RuleGrant> = z.strictObject({
  from: z.string().regex(/^appr_[0-9A-HJKMNP-TV-Z]{26}$/, "A grant names the approval that it was made of."),
  ops: z.array(z.enum(ops)).min(1, "Name at least one.").max(ops.length),
  maxUses: z
    .int("This is a whole number.")
    .min(1, "A grant has at least 1 use.")
    .max(grantUsesMax, `A grant has at most ${grantUsesMax.toLocaleString("en-US")} uses.`),
  until: z
    .string()
    .refine(isTime, "A time is written in UTC, like 2026-12-01T09:30:00Z.")
    .transform((text) => `${new Date(text).toISOString().slice(0, 19)}Z`),
})

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.000)?Z$/.test(text) && !Number.isNaN(Date.parse(text))
}

type Matched = Readonly<{ server?: unknown; tool?: unknown }>

/** What a rule that is a grant may not say, each by its place: it lets calls through and does nothing else. */
export function grantProblems(
  rule: Readonly<Record<string, unknown>> & Readonly<{ effect: string; match?: Matched | undefined }>,
): Readonly<{ path: string; message: string }>[] {
  const { effect, match } = rule
  const extra = ["when", "approval", "configFeatures", "commands", "egress", "live", "taints"]
  const found = extra.filter((name) => rule[name] !== undefined)

  return [
    ...(effect === "allow"
      ? []
      : [{ path: "effect", message: "A grant lets calls through: its effect is allow." }]),
    ...(match?.server === undefined || match.tool === undefined
      ? [{ path: "match", message: "A grant names its server and its tool." }]
      : []),
    ...found.map((path) => ({ path, message: `A grant has no ${path}.` })),
  ]
}
