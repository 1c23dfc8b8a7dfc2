import { expect, test } from "vitest"
import {
  durationWords,
  limitWords,
  matchWords,
  restrictionWords,
  stageWords,
} from "@/components/policies/rule-words"

test("a rule says whom it concerns, who is asked and what a call is held to, and nothing it does not say", () => {
  const rule = {
    name: "mail",
    effect: "require_approval",
    match: { tool: ["send_*", "crm.mail"], tier: ["T4_IDENTITY_MONEY_OUTBOUND"] },
    approval: {
      stages: [
        { group: "reviewers", count: 1 },
        { group: "admins", count: 2 },
      ],
      expiresInSeconds: 1_800,
      reasonRequired: true,
    },
    recipients: { domains: ["a.example"], firstContact: "deny", perMessage: 20 },
    egress: [],
  } as const

  expect(matchWords(rule)).toEqual([
    { name: "tool", values: ["send_*", "crm.mail"] },
    { name: "tier", values: ["T4"] },
  ])
  expect(stageWords(rule.approval)).toBe("one reviewer, then two admins")
  const owner = { stages: [{ group: "owners" as const, count: 1 }] }
  expect(stageWords({ anyOf: [owner, { stages: [{ group: "reviewers", count: 2 }] }] })).toBe(
    "one owner, or two reviewers",
  )
  expect(stageWords({ anyOf: [owner, rule.approval] })).toBe("one owner; or one reviewer, then two admins")
  expect(restrictionWords(rule)).toEqual([
    "decided within 30 min",
    "a reason is required",
    "domains only a.example",
    "nobody new",
    "at most 20 recipients a message",
    "reaches none",
  ])
  expect([
    matchWords({ name: "all", effect: "allow" }),
    restrictionWords({ name: "all", effect: "allow" }),
  ]).toEqual([[], []])
})

test("limits are said one by one", () => {
  expect(
    limitWords({
      run: { toolCalls: 5_000, wallTimeSeconds: 7_200 },
      tools: [{ server: "crm", tool: "*", perMinute: 60 }],
      tenant: { messagesPerDay: 200 },
      reviewer: { pendingApprovals: 20 },
    }),
  ).toEqual([
    "5,000 calls a run",
    "2 h a run",
    "60 calls a minute for each tool * of crm",
    "20 approvals pending at once for each person who decides",
    "200 messages a day",
  ])
})

test.each([
  [604_800, "7 d"],
  [86_400, "1 d"],
  [5_400, "90 min"],
  [61, "61 s"],
])("%i seconds are %s", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words)
})
