import { expect, test } from "vitest"
import { concerns } from "@/components/policies/tool-rules"
import type { RuleMatch } from "@/lib/policies/policy"

const tool = { server: "crm", name: "crm.apply_patch", tier: "T2_IRREVERSIBLE_WRITE" } as const

test.each<[RuleMatch, boolean]>([
  [{}, true],
  [{ server: ["crm"], tool: ["crm.*"] }, true],
  [{ environment: ["prod"], workflow: ["nightly"] }, true],
  [{ tier: ["T2_IRREVERSIBLE_WRITE"] }, true],
  [{ tier: ["T0_READ"] }, false],
  [{ server: ["mail"] }, false],
  [{ server: ["crm"], tool: ["crm.delete"] }, false],
])("a rule about %j concerns the tool: %s", (match, is) => {
  expect(concerns({ name: "rule", effect: "allow", match }, tool)).toBe(is)
})

test("a tool without a tier can still get any", () => {
  expect(
    concerns({ name: "rule", effect: "allow", match: { tier: ["T0_READ"] } }, { ...tool, tier: null }),
  ).toBe(true)
})
