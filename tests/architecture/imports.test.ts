import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser"
import { afterAll, beforeAll, expect, test } from "vitest"
import config from "../../.dependency-cruiser.cjs"

let house: string

beforeAll(async () => {
  house = await mkdtemp(path.join(tmpdir(), "deltaseal-house-"))
  await symlink(path.resolve("node_modules"), path.join(house, "node_modules"))
})
afterAll(() => rm(house, { recursive: true }))

test.each([
  ["pure-imports-no-packages", "lib/runs/run.ts", `import "pg"`],
  ["pure-imports-no-packages", "lib/runs/run.ts", `import "node:fs"`],
  ["pure-imports-only-pure", "lib/runs/run.ts", `import "./runs.repo"`],
  ["schemas-import-pure-and-zod", "lib/runs/run.schema.ts", `import "./runs.service"`],
  ["repos-own-concept-only", "lib/tools/tools.repo.ts", `import "../runs/runs.repo"`],
  ["repos-stay-low", "lib/runs/runs.repo.ts", `import "./runs.service"`],
  ["services-use-own-repo", "lib/tools/tools.service.ts", `import "../runs/runs.repo"`],
  ["services-know-no-door", "lib/runs/runs.service.ts", `import "next/headers"`],
  ["routes-call-services", "lib/runs/runs.routes.ts", `import "./runs.repo"`],
  ["components-render", "components/run.tsx", `import "../lib/runs/runs.service"`],
  ["app-is-a-door", "app/page.tsx", `import "../lib/runs/runs.repo"`],
  ["unscoped-client-stays-in-db", "lib/runs/runs.queries.ts", `import "../db/prisma"`],
  ["guard-stands-alone", "packages/guard/src/guard.ts", `import "../../../lib/runs/runs.service"`],
  ["examples-use-the-published-guard", "examples/agent/main.ts", `import "../../lib/runs/runs.service"`],
  ["no-barrels", "lib/runs/runs.service.ts", `import "../tools/index"`],
  ["no-unresolved", "lib/runs/runs.service.ts", `import "./nowhere"`],
])("the rule %s refuses %s with %s", async (rule, file, code) => {
  expect(await brokenRules({ [file]: code })).toContain(rule)
})

test("the rule no-cycles refuses two files that need each other", async () => {
  const files = { "lib/runs/run.ts": `import "./run-event"`, "lib/runs/run-event.ts": `import "./run"` }
  expect(await brokenRules(files)).toContain("no-cycles")
})

/** Cruises a small house of empty files in which only these have something in them. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<string[]> {
  const empty = ["service", "repo"].flatMap((layer) => [
    `lib/runs/runs.${layer}.ts`,
    `lib/tools/tools.${layer}.ts`,
  ])
  const rooms = Object.fromEntries(
    [...empty, "lib/db/prisma.ts", "lib/tools/index.ts"].map((name) => [name, ""]),
  )
  for (const room of ["lib", "app", "components", "examples", "packages"]) {
    await rm(path.join(house, room), { recursive: true, force: true })
  }
  for (const [name, code] of Object.entries({ ...rooms, ...files })) {
    await mkdir(path.dirname(path.join(house, name)), { recursive: true })
    await writeFile(path.join(house, name), `${code}\nexport {}\n`)
  }

  const { tsConfig: _, ...options } = config.options as ICruiseOptions
  const { output } = await cruise(Object.keys(files), {
    ...options,
    baseDir: house,
    validate: true,
    ruleSet: { forbidden: config.forbidden },
  })
  return (output as ICruiseResult).summary.violations.map((violation) => violation.rule.name)
}
