/** A person's part in an agency or in one tenant. */
export type Role = "owner" | "admin" | "reviewer" | "auditor"

/** What an API key may be used for (SPEC 6). */
export type Scope = "request" | "poll" | "execute" | "tools:register" | "audit:read"

type Grant = Readonly<{ roles: readonly Role[]; scopes: readonly Scope[] }>

const everyone: readonly Role[] = ["owner", "admin", "reviewer", "auditor"]

/** Who may do what. The one table: operations name a row, doors never decide. */
export const permissions = {
  "run:open": { roles: [], scopes: ["request"] },
  "run:read": { roles: everyone, scopes: ["poll", "request"] },
  "run:events": { roles: everyone, scopes: ["poll", "audit:read"] },
  "run:close": { roles: ["owner", "admin"], scopes: ["request"] },
  "approval:read": { roles: everyone, scopes: ["poll"] },
  "approval:vote": { roles: ["owner", "admin", "reviewer"], scopes: [] },
  "approval:cancel": { roles: ["owner", "admin"], scopes: ["request"] },
} as const satisfies Record<string, Grant>

export type Permission = keyof typeof permissions
