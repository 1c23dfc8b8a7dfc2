import { z } from "zod"
import { PolicyCheckView } from "@/lib/approvals/approval.schema"
import { Person, PolicyText, Time } from "@/lib/policies/policy-version.schema"
import { answers, simulationStatuses, untold } from "./simulation"

/** The draft's YAML, and how many of the last days it is asked about. */
export const SimulationBody = z.strictObject({
  text: PolicyText,
  days: z.int().min(1).max(90).default(30),
})

const Calls = z.int().min(0)

/** A simulation: how far it is, and what it has found until now. */
export const SimulationView = z.strictObject({
  tenantId: z.string(),
  simulationId: z.string(),
  days: z.int(),
  status: z.enum(simulationStatuses),
  /** Calls that were asked about, of those that were recorded. */
  done: Calls,
  total: Calls,
  startedBy: Person,
  startedAt: Time,
  endedAt: Time.nullable(),
  /** How many calls were answered one way and would be answered another, or the same. */
  counts: z.array(z.strictObject({ was: z.enum(answers), now: z.enum(answers), calls: Calls })),
  /** Of them, how many would be answered otherwise. */
  changed: Calls,
  /** How many people would decide all the same, but others of them, or otherwise: more, another group, signed. */
  othersAsked: Calls,
  /**
   * How many would be refused with `limit_exceeded`, by the draft's limit. Counted from nothing over these calls, in
   * their order; output, tokens and open approvals are not.
   */
  overLimits: z.array(z.strictObject({ limit: z.string(), calls: Calls })),
  /** Refused by what comes before or after the policy, so that no policy would have let them through. */
  refusedOtherwise: Calls,
  /** What the policy looked at was erased, or is not what was recorded. */
  gone: Calls,
  /** What the policy looked at was not recorded: decided by an earlier version of Deltaseal. */
  unrecorded: Calls,
})
export type SimulationView = z.infer<typeof SimulationView>

export const SimulationList = z.strictObject({
  items: z.array(SimulationView),
  nextCursor: z.string().nullable(),
})
export type SimulationList = z.infer<typeof SimulationList>

const ToolName = z.strictObject({ server: z.string(), name: z.string(), version: z.string() })

export const ReasonView = z.strictObject({
  code: z.string(),
  message: z.string(),
  path: z.string().optional(),
})

const AskedStages = z.array(
  z.strictObject({
    group: z.string(),
    count: z.int(),
    alternative: z.int().optional(),
    stepUp: z.literal(true).optional(),
    selfReview: z.literal(true).optional(),
  }),
)

/** A call that the draft answers otherwise, or puts to others; `rule` and `reasons` are the draft's. */
export const SimulatedCallView = z.strictObject({
  callId: z.string(),
  runId: z.string(),
  approvalId: z.string().nullable(),
  tool: ToolName,
  requestedAt: Time,
  was: z.enum(answers),
  now: z.enum(answers),
  rule: z.string().nullable(),
  reasons: z.array(ReasonView),
  /** Whom it was put to and would be, where it waits for people all the same and these differ. */
  required: z.strictObject({ was: AskedStages, now: AskedStages }).nullable(),
})

export const SimulatedCallList = z.strictObject({
  items: z.array(SimulatedCallView),
  nextCursor: z.string().nullable(),
})
export type SimulatedCallList = z.infer<typeof SimulatedCallList>

/** `decided`: the version that decided the call. `inForce`: the one in force now. */
export const ReplayUnder = z.enum(["decided", "inForce"]).default("decided")

/** A decision explained again from what was recorded. Nothing runs, and nothing changes. */
export const ReplayView = z.strictObject({
  callId: z.string(),
  runId: z.string(),
  approvalId: z.string().nullable(),
  tool: ToolName,
  requestedAt: Time,
  /** What it was answered then. */
  was: z.strictObject({
    answer: z.enum(answers),
    rule: z.string().nullable(),
    policyVersion: z.int(),
    reasons: z.array(ReasonView),
  }),
  /** What the version asked now says of it; null where nothing can be said. */
  now: z
    .strictObject({
      answer: z.enum(answers),
      rule: z.string().nullable(),
      policyVersion: z.int(),
      reasons: z.array(ReasonView),
      checks: z.array(PolicyCheckView),
    })
    .nullable(),
  /** Whether answer and rule come out the same; null where nothing can be said. */
  isSame: z.boolean().nullable(),
  /** Why nothing can be said. */
  untold: z.enum([...untold, "policy_unavailable"]).nullable(),
})
export type ReplayView = z.infer<typeof ReplayView>

export const ReplayList = z.strictObject({ items: z.array(ReplayView), nextCursor: z.string().nullable() })
export type ReplayList = z.infer<typeof ReplayList>
