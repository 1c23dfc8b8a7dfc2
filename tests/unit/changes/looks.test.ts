import { describe, expect, test } from "vitest"
import { addsLookAlike, isConfusable, mixedWords } from "@/lib/kernel/confusables"
import { lookAlikes } from "@/lib/kernel/look-alikes"
import { addsSecret } from "@/lib/kernel/secret-shapes"
import { fieldFlags } from "@/lib/changes/field-flags"
import { addressDomain, normalAddress } from "@/lib/changes/mail-address"

describe("a name can be taken for another one", () => {
  test.each(["dосs/a.txt", "раураl", "сор", "a⁄b", "report–2024", "𝐚dmin", "ﬁle", "ａｄｍｉｎ"])(
    "%j",
    (name) => {
      expect(isConfusable(name)).toBe(true)
    },
  )

  test.each([
    "docs/a.txt",
    "docs/übersicht.md",
    "привет",
    "日本語",
    "naïve",
    "øre",
    "straße",
    "Ελλάδα",
    "한국어",
  ])("and %j cannot", (name) => {
    expect(isConfusable(name)).toBe(false)
  })
})

test("in a text only words of two alphabets are counted, and long ones do not take long", () => {
  expect(mixedWords("сор привет pаypal naïve")).toEqual(["pаypal"])
  expect(mixedWords(`${"e".repeat(1_000_000)}é`)).toEqual([])
  expect(addsLookAlike("", `${"@".repeat(500_000)}${"/".repeat(500_000)}é`)).toBe(false)
})

test.each([
  ["a word that comes", "x", "pаypal", true],
  ["a word that was there", "pаypal", "y pаypal", false],
  ["a word in place of another one", "pаypal", "gооgle", true],
  ["a word more often than before", "pаypal", "pаypal pаypal", true],
  ["a host whole in another script", "", "see https://аррӏе.com/login", true],
  ["a host in punycode", "", "see https://xn--80ak6aa92e.com/login", true],
  ["an address at such a host", "", "write to bo@аррӏе.com.", true],
  ["a host in a language", "", "see https://пример.рф and https://münchen.de", false],
])("a text is looked through for %s", (_, before, after, expected) => {
  expect(addsLookAlike(before, after)).toBe(expected)
})

test.each([
  ["northwlnd.example", "northwind.example"],
  ["northvvind.example", "northwind.example"],
  ["nortwhind.example", "northwind.example"],
  ["acme.com.co", "acme.com"],
  ["acme.com-login.example", "acme.com"],
  ["acne.com", "acme.com"],
  ["аcme.com", "acme.com"],
  ["mail.northwind.example", undefined],
  ["foo.example", undefined],
  ["acme.com", undefined],
  ["b.co", undefined],
])("%s looks like %s", (domain, expected) => {
  expect(lookAlikes(new Set(["northwind.example", "acme.com", "a.co"]))(domain)).toBe(expected)
})

test.each([
  ["Bo <BO@Acme.example>", "bo@acme.example", "acme.example"],
  ["bo@acme.example.", "bo@acme.example.", "acme.example"],
  ["#general", "#general", null],
  ["+49 30 1234", "+49 30 1234", null],
])("%s is one recipient however it is spelled", (address, normal, domain) => {
  expect(normalAddress(address)).toBe(normal)
  expect(addressDomain(address)).toBe(domain)
})

test.each([
  ["a key", `AKIA${"A".repeat(16)}`],
  ["a token", `ghp_${"a".repeat(36)}`],
  ["a run token of ours", `dsl_run_${"a".repeat(20)}_${"b".repeat(49)}`],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----"],
  ["a password in an address", "postgres://app:hunter22@db/main"],
])("%s is a secret where it comes, and not where it was", (_, secret) => {
  expect(addsSecret("x", `x ${secret}`)).toBe(true)
  expect(addsSecret(secret, `${secret} y`)).toBe(false)
  expect(fieldFlags([{ op: "add", path: "/a", to: { b: secret } }])).toContain("secret_added")
  expect(fieldFlags([{ op: "replace", path: "/a", from: secret, to: `${secret}!` }])).not.toContain(
    "secret_added",
  )
})

test.each(["/isAdmin", "/permissions/0", "/access_token", "/billing-email", "/a/roleId"])(
  "%s matters",
  (path) => {
    expect([...fieldFlags([{ op: "remove", path, from: 1 }])]).toEqual(["sensitive_field"])
  },
)

test.each(["/lifecycleStage", "/notes", "/monkey", "/parole"])("%s does not", (path) => {
  expect([...fieldFlags([{ op: "remove", path, from: 1 }])]).toEqual([])
})
