import { expect, test } from "vitest"
import { policyExamples } from "@/components/policies/examples"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { readPolicy } from "@/lib/policies/policy-text"

test.each(policyExamples)("the example $name can be published as it is", ({ text }) => {
  const read = readPolicy(text)
  expect(read).toMatchObject({ ok: true })
  if (read.ok) expect(() => compilePolicy(read.document)).not.toThrow()
})
