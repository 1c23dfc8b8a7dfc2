import { describe, expect, test } from "vitest"
import { builtInPolicy } from "@/lib/policies/policy"
import { readPolicy, writePolicy } from "@/lib/policies/policy-text"

const whole = `version: 1
description: what an agency starts with
rules:
  - name: prod-writes
    description: people look at what reaches customers
    match:
      server: [workspace]
      tool: [write_file, "crm.*"]
      tier: [T1, T2_IRREVERSIBLE_WRITE]
      environment: [prod]
      workflow: ["nightly-*"]
      step: [publish]
    when: "change.deletes == 0 && size(change.recipients) <= 50"
    effect: require_approval
    approval:
      stages: [{group: reviewers, count: 1}, {group: admins, count: 1}]
      expiresIn: 1h30m
      useWithin: 10m
      reasonRequired: true
    paths: {allow: ["docs/**"], deny: ["**/.env"]}
    patchPaths: {allow: ["/lifecycleStage"], deny: ["/email"]}
    recipients: {addresses: ["Ana <Ana@Acme.example>"], domains: [Acme.example], firstContact: deny, perMessage: 20}
    configFeatures: [anchors]
    egress: ["https://API.acme.example:443"]
    dryRun: true
    taints: true
  - name: leaving
    effect: tier_default
    approval:
      anyOf: [{stages: [{group: owners, count: 1}]}, {stages: [{group: reviewers, count: 2}]}]
tainted: require_approval
selfReview: true
limits:
  run: {toolCalls: 500, writes: 100, wallTime: 2h, outputBytes: 10485760, tokens: 200000}
  tools: [{server: crm, tool: "*", perMinute: 60, timeout: 30s, outputBytes: 1048576}]
  tenant: {pendingApprovals: 100, messagesPerDay: 200, recipientsPerMessage: 50}
  reviewer: {pendingApprovals: 20}
`

test("reads every member: durations as seconds, tiers by their long names, addresses and origins in one spelling", () => {
  const read = readPolicy(whole)

  expect(read).toMatchObject({ ok: true })
  if (!read.ok) return
  expect(read.document.rules[0]).toMatchObject({
    match: { tier: ["T1_REVERSIBLE_WRITE", "T2_IRREVERSIBLE_WRITE"] },
    approval: { expiresInSeconds: 5_400, useWithinSeconds: 600, reasonRequired: true },
    recipients: { addresses: ["ana@acme.example"], domains: ["acme.example"] },
    egress: ["https://api.acme.example"],
  })
  expect(read.document.limits).toMatchObject({
    run: { wallTimeSeconds: 7_200 },
    tools: [{ timeoutSeconds: 30 }],
  })
})

test.each([
  ["the whole language", whole],
  ["the built-in policy", writePolicy(builtInPolicy)],
])("writes %s so that it is read back as the same, and written the same again", (_, text) => {
  const read = readPolicy(text)
  expect(read.ok).toBe(true)
  if (!read.ok) return
  const written = writePolicy(read.document)

  expect(readPolicy(written)).toEqual(read)
  expect(written).toBe(writePolicy(read.document))
})

/** One rule with these lines below its name and effect. */
function ruleWith(...lines: string[]): string {
  return [
    "version: 1",
    "rules:",
    "  - name: one",
    "    effect: allow",
    ...lines.map((line) => `    ${line}`),
    "",
  ].join("\n")
}

const changeLimit = (said: string) => `version: 1\nrules: []\nlimits: {change: {${said}}}\n`

describe("names the line and the column of", () => {
  test.each([
    ["an unknown member", ruleWith("colour: red"), 5, 5, "unknown_member"],
    ["an unknown member inside a match", ruleWith("match: {tools: [a]}"), 5, 13, "unknown_member"],
    ["a wrong type", ruleWith("dryRun: 3"), 5, 13, "wrong_type"],
    ["a word for live that is none", ruleWith("live: soon"), 5, 11, "wrong_type"],
    ["more parts than anybody may have", changeLimit("parts: 101"), 3, 26, "out_of_range"],
    ["a larger body than anybody may send", changeLimit("bodyBytes: 8388609"), 3, 30, "out_of_range"],
    ["larger contents than anybody may have", changeLimit("contentBytes: 2097153"), 3, 33, "out_of_range"],
    ["longer diffs than anybody may have", changeLimit("diffLines: 50001"), 3, 30, "out_of_range"],
    [
      "more for each reviewer than anybody reads",
      "version: 1\nrules: []\nlimits: {reviewer: {pendingApprovals: 10001}}\n",
      3,
      39,
      "out_of_range",
    ],
    ["an unknown limit of changes", changeLimit("lines: 1"), 3, 19, "unknown_member"],
    ["a wrong word", "version: 1\nrules:\n  - name: a\n    effect: maybe\n", 4, 13, "wrong_value"],
    ["a missing member", "version: 1\nrules:\n  - name: a\n", 3, 5, "missing_member"],
    ["another version", "version: 2\nrules: []\n", 1, 10, "wrong_value"],
    ["a member that stands twice", "version: 1\nrules: []\nversion: 1\n", 3, 1, "duplicate_member"],
    ["two rules of one name", ruleWith() + "  - name: one\n    effect: deny\n", 5, 11, "duplicate_rule"],
    [
      "a bad rule name",
      "version: 1\nrules:\n  - name: Prod Writes\n    effect: deny\n",
      3,
      11,
      "wrong_value",
    ],
    ["a tab", "version: 1\nrules:\n\t- name: a\n", 3, 1, "yaml_syntax"],
    ["an anchor", ruleWith("match: &m {tool: [a]}"), 5, 15, "yaml_feature"],
    ["an alias", ruleWith("match: *m"), 5, 12, "yaml_feature"],
    ["a tag", ruleWith("description: !!str a"), 5, 24, "yaml_feature"],
    ["a directive", "%YAML 1.1\n---\nversion: 1\nrules: []\n", 1, 1, "yaml_feature"],
    ["a second document", "version: 1\nrules: []\n---\nversion: 1\n", 3, 1, "yaml_syntax"],
    [
      "a bad duration",
      "version: 1\nrules:\n  - name: a\n    effect: require_approval\n    approval: {expiresIn: 30x}\n",
      5,
      27,
      "bad_duration",
    ],
    [
      "a duration out of range",
      "version: 1\nrules:\n  - name: a\n    effect: require_approval\n    approval: {expiresIn: 8d}\n",
      5,
      27,
      "bad_duration",
    ],
    ["a bad glob", ruleWith('paths: {allow: ["docs/**x"]}'), 5, 21, "bad_glob"],
    ["a glob of another language", ruleWith('paths: {deny: ["*.{env,pem}"]}'), 5, 20, "bad_glob"],
    ["a bad pointer", ruleWith("patchPaths: {allow: [email]}"), 5, 26, "bad_pointer"],
    ["a bad domain", ruleWith('recipients: {domains: ["@acme.example"]}'), 5, 28, "bad_domain"],
    ["an origin with a path", ruleWith('egress: ["https://a.example/b"]'), 5, 14, "bad_origin"],
    ["an origin without TLS", ruleWith('egress: ["http://a.example"]'), 5, 14, "bad_origin"],
    ["a number out of range", ruleWith("recipients: {perMessage: -1}"), 5, 30, "out_of_range"],
    [
      "an approval that nobody is asked for",
      ruleWith("approval: {reasonRequired: true}"),
      5,
      15,
      "approval_not_used",
    ],
    ["an empty list of names", ruleWith("match: {tool: []}"), 5, 19, "out_of_range"],
  ])("%s", (_, text, line, column, code) => {
    expect(readPolicy(text)).toMatchObject({ ok: false, problems: [{ line, column, code }] })
  })

  test.each([
    [
      "stages beside alternatives",
      "stages: [{group: owners, count: 1}], anyOf: [A, A]",
      60,
      "stages_said_twice",
    ],
    ["one alternative alone", "anyOf: [A]", 23, "out_of_range"],
    ["an alternative without stages", "anyOf: [A, {stages: []}]", 72, "out_of_range"],
  ])("%s", (_, said, column, code) => {
    const approval = said.replaceAll("A", "{stages: [{group: owners, count: 1}]}")
    const text = ruleWith(`approval: {${approval}}`).replace("allow", "tier_default")
    expect(readPolicy(text)).toMatchObject({ ok: false, problems: [{ line: 5, column, code }] })
  })
})

describe("names the place inside a condition of", () => {
  test.each([
    ["an unknown variable", 'when: "change.parts > 0 && chnage.deletes == 0"', 5, 32, "unknown_variable"],
    ["an unknown member", "when: change.deleted == 0", 5, 18, "unknown_member"],
    ["an unknown member that has() asks for", "when: has(change.deleted)", 5, 15, "unknown_member"],
    ["a type that does not fit", 'when: change.deletes == "none"', 5, 11, "condition_type"],
    ["a number where true or false is wanted", "when: change.deletes", 5, 11, "not_boolean"],
    ["broken syntax", "when: change.deletes ==", 5, 28, "condition_syntax"],
    [
      "a macro inside another",
      "when: change.paths.all(p, change.paths.exists(q, q == p))",
      5,
      31,
      "nested_macro",
    ],
    ["a pattern that RE2 does not have", "when: tool.name.matches('(?=a)')", 5, 29, "unsupported_pattern"],
    ["a pattern from the call", "when: tool.name.matches(input.pattern)", 5, 29, "unsupported_expression"],
    ["a function that is not there", "when: tool.name.split('') == []", 5, 11, "unsupported_expression"],
    ["a division", "when: change.deletes / 2 > 1", 5, 11, "unsupported_expression"],
    ["a zone that is none", "when: now.getHours('Mars/Base') > 8", 5, 24, "unsupported_expression"],
    ["too much of it", `when: "${"true && ".repeat(300)}true"`, 5, 12, "condition_too_long"],
  ])("%s", (_, when, line, column, code) => {
    expect(readPolicy(ruleWith(when))).toMatchObject({ ok: false, problems: [{ line, column, code }] })
  })

  test("a block of several lines", () => {
    const read = readPolicy(ruleWith("when: |", "  change.deletes == 0 &&", "  chnage.parts > 0"))

    expect(read).toMatchObject({ ok: false, problems: [{ line: 7, column: 7, code: "unknown_variable" }] })
  })
})

test("names the place in a block whose lines are folded into one", () => {
  const read = readPolicy(ruleWith("when: >-", "  change.deletes == 0 &&", "  chnage.parts > 0"))

  expect(read).toMatchObject({ ok: false, problems: [{ line: 7, column: 7, code: "unknown_variable" }] })
})

const rules = "version: 1\nrules:\n  - name: a\n    effect: deny\n"

test.each([
  ["a line that stands too far left", rules.replace("    effect", "   effect"), 4, /not indented/],
  ["a rule without its dash", `${rules}  name: b\n`, 5, /not indented/],
  ["a quote that stays open", rules.replace("name: a", 'name: "a'), 5, /never closed/],
  ["a name without a colon", rules.replace("effect: deny", "effect deny"), 4, /colon/],
  ["text with a colon in it", rules.replace("name: a", "name: a\n    description: b: c"), 4, /in quotes/],
  ["nothing at all", "", 1, /begins with `version: 1`/],
  ["a word where a list belongs", ruleWith("match: {tool: write_file}"), 5, /in brackets/],
  ["a list where members belong", ruleWith("match: [write_file]"), 5, /members of its own/],
  ["a number where text belongs", ruleWith("description: 5"), 5, /in quotes/],
  ["a word that is none of few", ruleWith("configFeatures: [anchor]"), 5, /one of anchors, /],
  ["a slip inside a condition", ruleWith("when: change.file == 1"), 5, /there is no member file\.$/],
] as const)("says once and in plain words what is wrong with %s", (_, text, line, words) => {
  expect(readPolicy(text)).toMatchObject({
    ok: false,
    problems: [{ line, message: expect.stringMatching(words) }],
  })
})

test("names every problem at once, in the order of the text", () => {
  const read = readPolicy(ruleWith("when: nobody == 1", "dryRun: maybe", "colour: red"))

  expect(read.ok ? [] : read.problems.map(({ line }) => line)).toEqual([5, 6, 7])
})

test.each([
  ["a list", "- a\n"],
  ["nothing", ""],
  ["text that is too long", `# ${"x".repeat(300_000)}`],
  ["text that nests too deep", "[".repeat(100_000)],
  ["a member named __proto__", "version: 1\nrules: []\n__proto__: {a: 1}\n"],
])("refuses %s", (_, text) => {
  expect(readPolicy(text)).toMatchObject({ ok: false })
})
