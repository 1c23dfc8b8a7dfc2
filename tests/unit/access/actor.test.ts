import { describe, expect, test } from "vitest"
import {
  may,
  mayInAgency,
  rolesIn,
  type KeyActor,
  type PersonActor,
  type TenantAccess,
} from "@/lib/access/actor"
import { permissions, type Permission, type Role, type Scope } from "@/lib/access/permissions"

const roles: readonly Role[] = ["owner", "admin", "reviewer", "auditor"]
const scopes: readonly Scope[] = ["request", "poll", "execute", "tools:register", "audit:read"]

/** Who may do what, written down a second time: changing a permission means changing it here too. */
const table: Readonly<Record<Permission, Readonly<{ roles: string; scopes: string; isWithinRun?: true }>>> = {
  "run:open": { roles: "", scopes: "request" },
  "run:read": { roles: "owner admin reviewer auditor", scopes: "request poll", isWithinRun: true },
  "run:events": { roles: "owner admin reviewer auditor", scopes: "poll audit:read", isWithinRun: true },
  "run:token": { roles: "", scopes: "request poll execute", isWithinRun: true },
  "run:close": { roles: "owner admin", scopes: "request", isWithinRun: true },
  "run:taint": { roles: "owner admin", scopes: "request execute", isWithinRun: true },
  "approval:read": { roles: "owner admin reviewer auditor", scopes: "poll", isWithinRun: true },
  "approval:vote": { roles: "owner admin reviewer", scopes: "" },
  "approval:comment": { roles: "owner admin reviewer", scopes: "" },
  "approval:break_glass": { roles: "owner admin", scopes: "" },
  "break_glass:off": { roles: "owner", scopes: "" },
  "approval:cancel": { roles: "owner admin", scopes: "request", isWithinRun: true },
  "plan:create": { roles: "", scopes: "request", isWithinRun: true },
  "plan:read": { roles: "owner admin reviewer auditor", scopes: "request poll", isWithinRun: true },
  "plan:cancel": { roles: "owner admin", scopes: "request", isWithinRun: true },
  "tenant:read": { roles: "owner admin reviewer auditor", scopes: "" },
  "tenant:create": { roles: "owner admin", scopes: "" },
  "tenant:change": { roles: "owner admin", scopes: "" },
  "member:read": { roles: "owner admin auditor", scopes: "" },
  "member:manage": { roles: "owner admin", scopes: "" },
  "key:read": { roles: "owner admin auditor", scopes: "" },
  "key:manage": { roles: "owner admin", scopes: "" },
  "tool:read": { roles: "owner admin reviewer auditor", scopes: "" },
  "tool:register": { roles: "", scopes: "tools:register" },
  "tool:manage": { roles: "owner admin", scopes: "" },
  "kill:read": { roles: "owner admin reviewer auditor", scopes: "" },
  "kill:switch": { roles: "owner admin", scopes: "" },
  "attention:read": { roles: "owner admin", scopes: "" },
  "canary:manage": { roles: "owner admin", scopes: "" },
  "policy:read": { roles: "owner admin reviewer auditor", scopes: "" },
  "grant:manage": { roles: "owner admin reviewer", scopes: "" },
  "policy:manage": { roles: "owner admin", scopes: "" },
}

const everyPermission = Object.keys(table) as Permission[]

const person = (...held: Role[]): PersonActor => ({
  kind: "person",
  sessionId: "ses_1",
  personId: "per_1",
  name: "Rhea",
  email: "rhea@example",
  roles: [],
  tenants: held.length === 0 ? [] : [tenant("ours", held)],
  agencies: held.length === 0 ? [] : [{ agencyId: "agc_ours", name: "Ours", roles: held }],
  standsInFor: [],
})

const tenant = (name: string, held: Role[]): TenantAccess => ({
  tenantId: `ten_${name}`,
  agencyId: `agc_${name}`,
  name,
  status: "active",
  roles: held,
})

const key = (...held: Scope[]): KeyActor => ({
  kind: "key",
  tenantId: "ten_ours",
  keyId: "key_1",
  familyId: "key_1",
  ownerId: "per_2",
  createdById: "per_2",
  environments: ["prod"],
  scopes: held,
  token: null,
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

  test.each(scopes)("for a run token of a key with %s", (scope) => {
    const token = { ...key(scope), token: { tokenId: "tok_1", runId: "run_1" } }
    const isAllowed =
      table[permission].isWithinRun === true && table[permission].scopes.split(" ").includes(scope)
    expect(may(token, permission, "ten_ours")).toBe(isAllowed)
    expect(may(token, permission, "ten_theirs")).toBe(false)
  })

  test.each(roles)("in the whole agency, for a person who is %s there", (role) => {
    const listed = table[permission].roles.split(" ").includes(role)
    expect(mayInAgency(person(role), permission, "agc_ours")).toBe(listed)
    expect(mayInAgency(person(role), permission, "agc_theirs")).toBe(false)
    expect(mayInAgency({ ...person(role), agencies: [] }, permission, "agc_ours")).toBe(false)
  })

  test("not for anybody without a role or a scope", () => {
    expect(may(person(), permission, "ten_ours")).toBe(false)
    expect(may(key(), permission, "ten_ours")).toBe(false)
  })
})

test("whoever stands in for somebody votes by their roles and does nothing else by them, where they have a part", () => {
  const roles = [{ role: "admin", tenantId: null }] as const
  const standsInFor = [{ personId: "per_2", name: "Tom", agencyId: "agc_ours", endsAt: "", roles }]
  const standing = { ...person("auditor"), standsInFor }
  const gained = everyPermission.filter((one) => may(standing, one, "ten_ours"))
  expect(gained.filter((one) => !may(person("auditor"), one, "ten_ours"))).toEqual(["approval:vote"])
  expect(may(standing, "approval:vote", "ten_theirs")).toBe(false)
  expect(may({ ...standing, tenants: [] }, "approval:vote", "ten_ours")).toBe(false)
})

test("no key can ever vote, whatever its scopes", () => {
  expect(may(key(...scopes), "approval:vote", "ten_ours")).toBe(false)
})

test("a person's roles in one client say nothing of another", () => {
  const both: PersonActor = {
    ...person("auditor"),
    tenants: [tenant("ours", ["auditor"]), tenant("theirs", ["owner"])],
  }
  expect(rolesIn(both, "ten_ours")).toEqual(["auditor"])
  expect(may(both, "approval:vote", "ten_ours")).toBe(false)
  expect(may(both, "approval:vote", "ten_theirs")).toBe(true)
  expect(rolesIn(both, "ten_elsewhere")).toEqual([])
})
