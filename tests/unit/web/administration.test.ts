import { describe, expect, test } from "vitest"
import { keysPath, shownKeys } from "@/components/keys/key-filter"
import { splitAddresses } from "@/components/keys/key-words"
import { shownTools, toolsPath } from "@/components/tools/tool-filter"
import { toolGroups } from "@/components/tools/tool-groups"
import { toolApiPath, toolPath } from "@/components/tools/tool-words"
import { keyStatus } from "@/lib/keys/key"
import { isLowered, toolStatus } from "@/lib/tools/tool"
import type { ToolView } from "@/lib/tools/tool.schema"

const aTool = (changes: Partial<ToolView>): ToolView => ({
  tenantId: "ten_a",
  server: "workspace",
  name: "write_file",
  version: "1",
  status: "active",
  tier: "T2_IRREVERSIBLE_WRITE",
  definitionHash: "h",
  acceptedBy: null,
  acceptedAt: null,
  offeredHash: null,
  offeredAt: null,
  allowedIn: [],
  proposed: [],
  next: null,
  ...changes,
})

const names = new Map([
  ["ten_a", "Acme"],
  ["ten_b", "Bright"],
])

test("tools stand by client and server, and what waits stands first, all of it together", () => {
  const groups = toolGroups(
    [
      aTool({ tenantId: "ten_b", server: "crm", name: "late", status: "waiting" }),
      aTool({ tenantId: "ten_b", server: "crm" }),
      aTool({ name: "read_file" }),
      aTool({ name: "write_file", status: "waiting" }),
    ],
    names,
  )
  expect(groups.map(({ title, tools }) => [title, tools.map(({ name }) => name)])).toEqual([
    ["Waiting to be read (2)", ["late", "write_file"]],
    ["Acme · workspace", ["read_file"]],
    ["Bright · crm", ["write_file"]],
  ])
})

test("a filter's address is read as it was written, and what it does not know is not there", () => {
  const tools = { tenant: "ten_a", status: "waiting" } as const
  expect(shownTools(Object.fromEntries(new URLSearchParams(toolsPath(tools).slice(7))))).toEqual(tools)
  expect(shownTools({ status: "__proto__", tenant: ["a", "b"] })).toEqual({
    tenant: undefined,
    status: undefined,
  })
  expect([toolsPath(shownTools({})), keysPath(shownKeys({}))]).toEqual(["/tools", "/keys"])
  expect(keysPath(shownKeys({ status: "ended" }), { tenant: "ten_a" })).toBe(
    "/keys?status=ended&tenant=ten_a",
  )
})

test("a version's own signs do not lead elsewhere", () => {
  const ref = { tenantId: "ten_a", server: "s", name: "n", version: "../1?x#y%2f" }
  for (const path of [toolPath(ref), toolApiPath(ref)]) {
    expect(decodeURIComponent(new URL(path, "http://x").pathname)).toContain("/s/n/../1?x#y%2f")
  }
})

test("addresses are typed with spaces, commas or lines between them", () => {
  expect(splitAddresses(" 10.0.0.0/8, 2001:db8::/32\n203.0.113.7 ")).toEqual([
    "10.0.0.0/8",
    "2001:db8::/32",
    "203.0.113.7",
  ])
  expect(splitAddresses("  ")).toEqual([])
})

describe("a key", () => {
  const now = new Date("2026-11-22T12:00:00Z")
  const at = (iso: string) => new Date(iso)
  test.each([
    ["live", null, "2026-12-01T00:00:00Z"],
    ["expiring", null, "2026-11-29T11:59:59Z"],
    ["expired", null, "2026-11-22T12:00:00Z"],
    ["revoked", "2026-11-21T00:00:00Z", "2027-01-01T00:00:00Z"],
  ] as const)("is %s", (status, revoked, expires) => {
    expect(keyStatus({ revokedAt: revoked && at(revoked), expiresAt: at(expires) }, now)).toBe(status)
  })
})

describe("a tool", () => {
  const base = { definitionHash: "a", pinnedById: "per_a", proposedHash: null } as const
  test.each([
    ["active", { ...base, status: "active" }],
    ["suspended", { ...base, status: "suspended" }],
    ["waiting", { ...base, status: "suspended", proposedHash: "b" }],
    ["waiting", { ...base, status: "suspended", pinnedById: null }],
  ] as const)("is %s", (status, state) => {
    expect(toolStatus(state)).toBe(status)
  })

  test("is lowered by a tier that asks for less, and not by its first", () => {
    expect(isLowered("T3_EXECUTE", "T2_IRREVERSIBLE_WRITE")).toBe(true)
    expect(isLowered("T2_IRREVERSIBLE_WRITE", "T3_EXECUTE")).toBe(false)
    expect(isLowered("T2_IRREVERSIBLE_WRITE", "T2_IRREVERSIBLE_WRITE")).toBe(false)
    expect(isLowered(null, "T0_READ")).toBe(false)
  })
})
