import { z } from "zod"
import { environments, tiers, toolStatuses } from "./tool"

const Time = z.iso.datetime()
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "A hash is 64 lower-case hex digits.")
const Person = z.strictObject({ personId: z.string(), name: z.string() })
const RegisteringKey = z.strictObject({ keyId: z.string(), name: z.string(), prefix: z.string() })

const Allowance = z.strictObject({
  environment: z.enum(environments),
  /** JSON Pointers of the record fields it may change; null = any. */
  patchPaths: z.array(z.string()).nullable(),
})

/** A loosening about a tool that waits: a lower tier, or more fields in an environment. */
const Waiting = z.strictObject({
  proposalId: z.string(),
  kind: z.enum(["tier", "allowance"]),
  /** What holds once it is approved; those of the other kind are null. */
  tier: z.enum(tiers).nullable(),
  environment: z.enum(environments).nullable(),
  patchPaths: z.array(z.string()).nullable(),
  proposedBy: Person,
  proposedAt: Time,
  /** When it takes effect by itself; null where a second person decides. */
  takesEffectAt: Time.nullable(),
})

const toolMembers = {
  tenantId: z.string(),
  server: z.string(),
  name: z.string(),
  version: z.string(),
  status: z.enum(toolStatuses),
  tier: z.enum(tiers).nullable(),
  /** The definition that people accepted; null until somebody has. */
  definitionHash: z.string().nullable(),
  acceptedBy: Person.nullable(),
  acceptedAt: Time.nullable(),
  /** The definition that waits for a person; null when none does. */
  offeredHash: z.string().nullable(),
  offeredAt: Time.nullable(),
  allowedIn: z.array(Allowance),
  /** What would loosen it, and waits for a second person or for the end of its notice. */
  proposed: z.array(Waiting),
  /** What a person has to do before it can be used; null when nothing is missing. */
  next: z.strictObject({ code: z.enum(["accept", "activate", "allow"]), message: z.string() }).nullable(),
} as const

/** A tool in one version, and where it stands. */
export const ToolView = z.strictObject(toolMembers)
export type ToolView = z.infer<typeof ToolView>

export const ToolList = z.strictObject({ items: z.array(ToolView), nextCursor: z.string().nullable() })

/** A definition as people read it: canonical JSON, one member a line. */
const PrintedDefinition = z.strictObject({ hash: z.string(), text: z.string() })

/** What accepting would change, as a unified diff against the version named; against nothing when it is null. */
const DefinitionDiff = z.strictObject({
  against: z.string().nullable(),
  preview: z.string(),
  added: z.int(),
  removed: z.int(),
  hiddenCharacters: z.int(),
  flags: z.array(z.string()),
})

/** A tool with what it is, what it would become, and what is open under it. */
export const ToolDetail = z.strictObject({
  ...toolMembers,
  accepted: PrintedDefinition.nullable(),
  offered: PrintedDefinition.nullable(),
  offeredBy: RegisteringKey.nullable(),
  diff: DefinitionDiff.nullable(),
  /** What the server says of its own tool (MCP annotations): hints, never a basis for a decision. */
  hints: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  /** Approvals of this version that are pending or approved; a change to the tool makes them stale when spent. */
  openApprovals: z.int(),
})
export type ToolDetail = z.infer<typeof ToolDetail>

export const RegistrationBody = z.strictObject({
  version: z.string().max(1_000),
  definition: z.custom<unknown>((value) => value !== undefined, "A definition is required."),
})

export const Registered = z.strictObject({
  tool: ToolView,
  result: z.enum(["registered", "changed", "unchanged"]),
})
export type Registered = z.infer<typeof Registered>

export const AcceptBody = z.strictObject({ definitionHash: Sha256, tier: z.enum(tiers) })
export type AcceptBody = z.infer<typeof AcceptBody>

export const ToolChangeBody = z.union(
  [z.strictObject({ tier: z.enum(tiers) }), z.strictObject({ status: z.enum(["active", "suspended"]) })],
  "Give either a tier or a status.",
)
export type ToolChangeBody = z.infer<typeof ToolChangeBody>

export const AllowanceBody = z.strictObject({
  patchPaths: z.array(z.string().max(4_000)).max(1_000).nullable(),
})

export const AllowanceView = z.strictObject({
  tenantId: z.string(),
  server: z.string(),
  name: z.string(),
  ...Allowance.shape,
  isAllowed: z.boolean(),
  /** The proposal that what was asked for has become, when it would loosen what holds. */
  proposalId: z.string().nullable(),
})
export type AllowanceView = z.infer<typeof AllowanceView>
