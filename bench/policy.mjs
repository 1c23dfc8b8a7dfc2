// `npm run bench:policy`: evaluations a second on one core, in CPU time, for a policy of 200 rules of which 20 concern the
// tool, beside what the same 20 conditions cost as plain JavaScript. The best of five each.
import { Buffer } from "node:buffer"
import path from "node:path"
import { build } from "esbuild"
import { root } from "../scripts/lib/run.mjs"

const { compilePolicy, evaluate, noChange } = await policies()
const rounds = 20_000
const facts = someFacts()

for (const [name, when, plain] of cases()) {
  const policy = compilePolicy({ version: 1, rules: rules(when) })
  if (evaluate(policy, facts).effect !== "require_approval") throw new Error("The policy does not apply.")
  const ours = best(() => evaluate(policy, facts).checks.length)
  const floor = best(() => floorOf(plain))
  const rate = Math.round(rounds / ours / 100) * 100
  console.log(
    `${name.padEnd(26)} ${String(rate).padStart(9)}/s   ${(ours / floor).toFixed(1)}x plain JavaScript`,
  )
}

/** @returns {[string, string | null, (facts: any) => boolean][]} */
function cases() {
  return [
    ["no condition", null, () => true],
    [
      "two comparisons",
      "change.deletes == 0 && size(change.recipients) <= 50",
      ({ change }) => change.deletes === 0 && change.recipients.length <= 50,
    ],
    [
      "one macro over 10 paths",
      'change.paths.all(p, p.startsWith("docs/"))',
      ({ change }) => change.paths.every((/** @type {string} */ p) => p.startsWith("docs/")),
    ],
    [
      "one pattern on the input",
      'input.title.matches("^[A-Z][a-z ]+$")',
      ({ input }) => /^[A-Z][a-z ]+$/.test(input.title),
    ],
  ]
}

/** @param {string | null} when */
function rules(when) {
  return Array.from({ length: 200 }, (_, index) => ({
    name: `rule-${index}`,
    match: { tool: [index % 10 === 0 ? "write_file" : `tool_${index}`] },
    ...(when === null ? {} : { when }),
    effect: "require_approval",
  }))
}

/** @param {(facts: any) => boolean} plain */
function floorOf(plain) {
  const applying = []
  for (let index = 0; index < 20; index++) if (plain(facts)) applying.push(index)
  return applying.length
}

function someFacts() {
  return {
    input: { title: "Report of the night" },
    change: {
      ...noChange,
      parts: 10,
      files: 10,
      paths: Array.from({ length: 10 }, (_, index) => `docs/${index}.md`),
    },
    run: {
      runId: "run_1",
      environment: "prod",
      workflow: "nightly",
      step: null,
      agent: "agent",
      model: null,
      operatorId: "per_1",
      tainted: false,
      openedAt: 0,
    },
    tool: { server: "workspace", name: "write_file", version: "1", tier: "T2_IRREVERSIBLE_WRITE" },
    tenant: { tenantId: "ten_1", name: "Acme" },
    isDryRun: false,
    now: 0,
  }
}

/** Seconds of CPU for all rounds. @param {() => number} run */
function best(run) {
  let sum = 0
  const times = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage()
    for (let round = 0; round < rounds; round++) sum += run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1_000_000
  })
  if (sum === 0) throw new Error("Nothing was measured.")
  return Math.min(...times)
}

/** The evaluator as it stands in the sources. */
async function policies() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        export { compilePolicy } from "./lib/policies/compile-policy"
        export { evaluate } from "./lib/policies/evaluate"
        export { noChange } from "./lib/policies/policy-facts"`,
      resolveDir: root,
      loader: "ts",
    },
    alias: {
      "@": path.join(root),
      "@deltaseal/guard/change": path.join(root, "packages/guard/src/change.ts"),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  return await import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}`)
}
