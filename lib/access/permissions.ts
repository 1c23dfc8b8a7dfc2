/** A person's part in an agency or in one tenant. */
export type Role = "owner" | "admin" | "reviewer" | "auditor"

/** What an API key may be used for (SPEC 6). */
export type Scope = "request" | "poll" | "execute" | "tools:register" | "audit:read"

type Grant = Readonly<{ roles: readonly Role[]; scopes: readonly Scope[] }>

const everyone: readonly Role[] = ["owner", "admin", "reviewer", "auditor"]
const administrators: readonly Role[] = ["owner", "admin"]
const overseers: readonly Role[] = ["owner", "admin", "auditor"]

/** Who may do what. The one table: operations name a row, doors never decide. */
export const permissions = {
  "run:open": { roles: [], scopes: ["request"] },
  "run:read": { roles: everyone, scopes: ["poll", "request"] },
  "run:events": { roles: everyone, scopes: ["poll", "audit:read"] },
  "run:token": { roles: [], scopes: ["request", "poll", "execute"] },
  "run:close": { roles: ["owner", "admin"], scopes: ["request"] },
  "run:taint": { roles: administrators, scopes: ["request", "execute"] },
  "approval:read": { roles: everyone, scopes: ["poll"] },
  "approval:vote": { roles: ["owner", "admin", "reviewer"], scopes: [] },
  "approval:comment": { roles: ["owner", "admin", "reviewer"], scopes: [] },
  "approval:break_glass": { roles: administrators, scopes: [] },
  "break_glass:off": { roles: ["owner"], scopes: [] },
  "approval:cancel": { roles: ["owner", "admin"], scopes: ["request"] },
  "plan:create": { roles: [], scopes: ["request"] },
  "plan:read": { roles: everyone, scopes: ["poll", "request"] },
  "plan:cancel": { roles: administrators, scopes: ["request"] },
  "tenant:read": { roles: everyone, scopes: [] },
  "tenant:create": { roles: administrators, scopes: [] },
  "tenant:change": { roles: administrators, scopes: [] },
  "member:read": { roles: overseers, scopes: [] },
  "member:manage": { roles: administrators, scopes: [] },
  "key:read": { roles: overseers, scopes: [] },
  "key:manage": { roles: administrators, scopes: [] },
  "tool:read": { roles: everyone, scopes: [] },
  "tool:register": { roles: [], scopes: ["tools:register"] },
  "tool:manage": { roles: administrators, scopes: [] },
  "kill:read": { roles: everyone, scopes: [] },
  "kill:switch": { roles: administrators, scopes: [] },
  "attention:read": { roles: administrators, scopes: [] },
  "canary:manage": { roles: administrators, scopes: [] },
  "policy:read": { roles: everyone, scopes: [] },
  "grant:manage": { roles: ["owner", "admin", "reviewer"], scopes: [] },
  "policy:manage": { roles: administrators, scopes: [] },
} as const satisfies Record<string, Grant>

export type Permission = keyof typeof permissions

/** What a person may do in the place of somebody who is away, by whose roles; everything else takes one's own. */
export const permissionsInPlaceOf: readonly Permission[] = ["approval:vote"]

/** What a run token can be used for; everything else needs the key itself. */
export const permissionsWithinRun: readonly Permission[] = [
  "run:read",
  "run:events",
  "run:token",
  "run:close",
  "run:taint",
  "approval:read",
  "approval:cancel",
  "plan:create",
  "plan:read",
  "plan:cancel",
]
