import { describe, expect, test } from "vitest"
import { may, rolesIn, type KeyActor, type PersonActor } from "@/lib/access/actor"
import { permissions, type Permission, type Role, type Scope } from "@/lib/access/permissions"

const roles: readonly Role[] = ["owner", "admin", "reviewer", "auditor"]
const scopes: readonly Scope[] = ["request", "poll", "execute", "tools:register", "audit:read"]

/** Who may do what, written down a second time: changing a permission means changing it here too. */
const table: Readonly<Record<Permission, Readonly<{ roles: string; scopes: string }>>> = {
  "run:open": { roles: "", scopes: "request" },
  "run:read": { roles: "owner admin reviewer auditor", scopes: "request poll" },
  "run:events": { roles: "owner admin reviewer auditor", scopes: "poll audit:read" },
  "run:close": { roles: "owner admin", scopes: "request" },
  "approval:read": { roles: "owner admin reviewer auditor", scopes: "poll" },
  "approval:vote": { roles: "owner admin reviewer", scopes: "" },
  "approval:cancel": { roles: "owner admin", scopes: "request" },
}

const everyPermission = Object.keys(table) as Permission[]

const person = (...held: Role[]): PersonActor => ({
  kind: "person",
  sessionId: "ses_1",
  personId: "per_1",
  name: "Rhea",
  email: "rhea@example",
  roles: [],
  tenants: held.length === 0 ? [] : [{ tenantId: "ten_ours", name: "Ours", roles: held }],
})

const key = (...held: Scope[]): KeyActor => ({
  kind: "key",
  tenantId: "ten_ours",
  keyId: "key_1",
  ownerId: "per_2",
  createdById: "per_2",
  environments: ["prod"],
  scopes: held,
})

test("every permission is in the table", () => {
  expect(Object.keys(permissions).sort()).toEqual([...everyPermission].sort())
})

describe.each(everyPermission)("%s", (permission) => {
  test.each(roles)("for a person who is %s", (role) => {
    expect(may(person(role), permission, "ten_ours")).toBe(table[permission].roles.split(" ").includes(role))
    expect(may(person(role), permission, "ten_theirs")).toBe(false)
  })

  test.each(scopes)("for a key with %s", (scope) => {
    expect(may(key(scope), permission, "ten_ours")).toBe(table[permission].scopes.split(" ").includes(scope))
    expect(may(key(scope), permission, "ten_theirs")).toBe(false)
  })

  test("not for anybody without a role or a scope", () => {
    expect(may(person(), permission, "ten_ours")).toBe(false)
    expect(may(key(), permission, "ten_ours")).toBe(false)
  })
})

test("no key can ever vote, whatever its scopes", () => {
  expect(may(key(...scopes), "approval:vote", "ten_ours")).toBe(false)
})

test("a person's roles in one client say nothing of another", () => {
  const both: PersonActor = {
    ...person("auditor"),
    tenants: [
      { tenantId: "ten_ours", name: "Ours", roles: ["auditor"] },
      { tenantId: "ten_theirs", name: "Theirs", roles: ["owner"] },
    ],
  }
  expect(rolesIn(both, "ten_ours")).toEqual(["auditor"])
  expect(may(both, "approval:vote", "ten_ours")).toBe(false)
  expect(may(both, "approval:vote", "ten_theirs")).toBe(true)
  expect(rolesIn(both, "ten_elsewhere")).toEqual([])
})
