import { describe, expect, test } from "vitest"
import { stepUpChallenge, type StepUpChallenge } from "@deltaseal/guard/change"
import { isChallengeFor } from "@/lib/approvals/step-up"
import { assertionFault } from "@/lib/authenticators/assertion-fault"
import { relyingParty } from "@/lib/authenticators/relying-party"
import { softwareAuthenticator } from "@/tests/support/software-authenticator"

const challenge = "c".repeat(43)
const expected = {
  ...relyingParty("https://deltaseal.example"),
  type: "webauthn.get",
  challenge,
  signCount: 0,
} as const

const said = (lies: object) => {
  const { response } = softwareAuthenticator(expected.origin).get({ challenge }, lies)
  return {
    clientDataJSON: Buffer.from(response.clientDataJSON, "base64url"),
    authenticatorData: Buffer.from(response.authenticatorData, "base64url"),
  }
}

test.each<[string, object, object, string | null]>([
  ["all is as it should be", {}, {}, null],
  ["it does not count, and never did", { count: 0 }, {}, null],
  ["it stopped counting", { count: 0 }, { signCount: 5 }, "count_went_back"],
  ["it counted the same again", { count: 5 }, { signCount: 5 }, "count_went_back"],
  ["the port is another", { origin: "https://deltaseal.example:8443" }, {}, "wrong_origin"],
  ["the scheme is another", { origin: "http://deltaseal.example" }, {}, "wrong_origin"],
  ["the site is below ours", { origin: "https://a.deltaseal.example" }, {}, "wrong_origin"],
  ["the relying party is above ours", { rpId: "example" }, {}, "wrong_relying_party"],
  ["the challenge is another", { challenge: "d".repeat(43) }, {}, "wrong_challenge"],
])("when %s: %s", (_, lies, changes, code) => {
  expect(assertionFault(said(lies), { ...expected, ...changes })?.code ?? null).toBe(code)
})

test.each([
  ["no JSON", Buffer.from("{"), Buffer.alloc(37)],
  ["no object", Buffer.from("7"), Buffer.alloc(37)],
  ["bytes that are no text", Buffer.from([0xff]), Buffer.alloc(37)],
  ["too few bytes", Buffer.from("{}"), Buffer.alloc(36)],
])("what cannot be read is refused: %s", (_, clientDataJSON, authenticatorData) => {
  expect(assertionFault({ clientDataJSON, authenticatorData }, expected)?.code).toBe("unreadable_answer")
})

describe("a challenge is for one vote:", () => {
  const input: StepUpChallenge = {
    approvalId: "appr_1",
    changeHash: "a".repeat(64),
    decision: "approve",
    reviewer: "per_1",
    session: "ses_1",
    tenantId: "ten_1",
    policyVersion: 7,
    nonce: "0".repeat(64),
    iat: 1,
    exp: 301,
  }
  const { nonce: _nonce, iat: _iat, exp: _exp, ...vote } = input
  const isFor = (changes: object) =>
    isChallengeFor(stepUpChallenge(input), JSON.stringify(input), { ...vote, ...changes })

  test("that very one", () => {
    expect(isFor({})).toBe(true)
  })

  test.each<[keyof typeof vote, unknown]>([
    ["approvalId", "appr_2"],
    ["changeHash", "b".repeat(64)],
    ["decision", "deny"],
    ["reviewer", "per_2"],
    ["session", "ses_2"],
    ["tenantId", "ten_2"],
    ["policyVersion", 8],
  ])("no other %s", (name, value) => {
    expect(isFor({ [name]: value })).toBe(false)
  })
})
