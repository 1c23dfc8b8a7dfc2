import { z } from "zod"
import { refuseHidden } from "@/lib/kernel/name.schema"
import { liftableScopes, stopScopes } from "./stop"

const Scope = z.enum(stopScopes)

/** An id; of a tool `tenantId/server/name`, with `/version` for that one alone. */
const SubjectText = z
  .string()
  .min(1)
  .max(400)
  .regex(/^[\x21-\x7e]*$/, "An id is printable ASCII.")

const idsMax = 50

/** Why something is stopped, in words. */
export const ReasonText = z
  .string()
  .trim()
  .min(1, "Say why.")
  .max(500, "A reason has at most 500 characters.")
  .superRefine(refuseHidden)

export const KillBody = z.strictObject({
  scope: Scope,
  ids: z.array(SubjectText).min(1, "Name what to stop.").max(idsMax),
  reason: ReasonText,
})
export type KillBody = z.infer<typeof KillBody>

export const PreviewQuery = z.strictObject({
  scope: Scope,
  /** Ids with commas between them. */
  ids: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(SubjectText).min(1).max(idsMax)),
})

/** What stopping would end now. */
export const KillPreview = z.strictObject({
  scope: Scope,
  targets: z.array(
    z.strictObject({
      id: z.string(),
      tenantId: z.string().nullable(),
      name: z.string(),
      isStopped: z.boolean(),
    }),
  ),
  tenants: z.int(),
  keys: z.int(),
  openRuns: z.int(),
  /** Approvals that are cancelled: those that wait for people, and those approved and not spent. */
  pendingApprovals: z.int(),
  approvedApprovals: z.int(),
  /** What already runs at a tool server. A stop does not reach it; its outcome is still taken. */
  executionsUnderWay: z.int(),
})
export type KillPreview = z.infer<typeof KillPreview>

export const Killed = z.strictObject({
  scope: Scope,
  stopped: z.array(
    z.strictObject({
      id: z.string(),
      /** What lifting names; null where nothing can be lifted. */
      stopId: z.string().nullable(),
      wasStopped: z.boolean(),
      cancelledApprovals: z.int(),
    }),
  ),
})
export type Killed = z.infer<typeof Killed>

/** Something that is stopped now. */
export const StopView = z.strictObject({
  stopId: z.string(),
  scope: z.enum(liftableScopes),
  agencyId: z.string(),
  /** Null for an agency. */
  tenantId: z.string().nullable(),
  /** The agency, the tenant, or `server/name` of the tool, with `/version` when only that one is stopped. */
  name: z.string(),
  /** Null for whoever sees only one client of an agency that is stopped. */
  reason: z.string().nullable(),
  stoppedBy: z.strictObject({ personId: z.string(), name: z.string() }).nullable(),
  stoppedAt: z.iso.datetime(),
  mayLift: z.boolean(),
})
export type StopView = z.infer<typeof StopView>

export const StopList = z.strictObject({ items: z.array(StopView), nextCursor: z.null() })

export const Lifted = z.strictObject({
  stopId: z.string(),
  scope: z.enum(liftableScopes),
  /** What works again: names of tools, ids of tenants. */
  restored: z.array(z.string()),
})
export type Lifted = z.infer<typeof Lifted>
