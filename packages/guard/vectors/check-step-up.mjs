// Checks what authenticators signed for votes (SPEC 4.4), with nothing but Node and nothing of ours:
//
//   node check-step-up.mjs                          checks the vectors in this folder
//   node check-step-up.mjs evidence.json [origin]   checks the answer of GET /api/v1/approvals/{approvalId}/evidence
//
// What it cannot know: whose key it is. Compare the printed fingerprint with the one that the person enrolled.
import { Buffer } from "node:buffer"
import { createHash, createPublicKey, verify } from "node:crypto"
import { readFileSync } from "node:fs"
import process from "node:process"

const sha = (data) => createHash("sha256").update(data).digest()
const bytes = (text) => Buffer.from(text, "base64url")
const stop = (code) => {
  throw Object.assign(new Error(code), { code })
}
const need = (isTrue, code) => isTrue || stop(code)

// RFC 8785 for an object of strings and integers.
const jcs = (value) => `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(value[name])}`).join()}}`
const members = "approvalId changeHash decision exp iat nonce policyVersion reviewer session tenantId"
const challengeOf = (input) => sha(`deltaseal/webauthn/v1\0${jcs(input)}`)

// COSE keys are maps of small integers to integers and byte strings: that much CBOR (RFC 8949), and no more.
function coseMap(data) {
  let at = 0
  const item = () => {
    const head = data[at++] ?? stop("wrong_key")
    const [kind, short] = [head >> 5, head & 31]
    const width = short < 24 ? 0 : 1 << (short - 24)
    need(short < 27, "wrong_key")
    const length = width === 0 ? short : data.readUIntBE(at, width)
    at += width
    if (kind === 0) return length
    if (kind === 1) return -1 - length
    if (kind === 2) return data.subarray(at, (at += length))
    if (kind === 5) return new Map(Array.from({ length }, () => [item(), item()]))
    return stop("wrong_key")
  }
  const map = item()
  need(map instanceof Map && at === data.length, "wrong_key")
  return map
}

// The public key, and how Node calls its way of signing.
function keyOf(cose) {
  const map = coseMap(cose)
  const text = (name) => map.get(name)?.toString("base64url") ?? stop("wrong_key")
  const jwk = {
    "-7": () => ({ kty: "EC", crv: "P-256", x: text(-2), y: text(-3) }),
    "-8": () => ({ kty: "OKP", crv: "Ed25519", x: text(-2) }),
    "-257": () => ({ kty: "RSA", n: text(-1), e: text(-2) }),
  }[map.get(3)]
  need(jwk !== undefined, "wrong_key")
  return { key: createPublicKey({ key: jwk(), format: "jwk" }), hash: map.get(3) === -8 ? null : "sha256" }
}

/** Gives what was signed; throws with a code when anything does not hold. */
function check(evidence, origin = evidence.origin) {
  const input = JSON.parse(evidence.challengeInput)
  need(Object.keys(input).sort().join(" ") === members && jcs(input) === evidence.challengeInput, "wrong_challenge")
  const client = JSON.parse(bytes(evidence.clientDataJSON).toString("utf8"))
  need(client.type === "webauthn.get", "wrong_ceremony")
  need(client.challenge === challengeOf(input).toString("base64url"), "wrong_challenge")
  need(client.origin === origin && client.crossOrigin !== true && !("topOrigin" in client), "wrong_origin")
  need(input.reviewer === evidence.personId, "wrong_person")
  need(input.exp - input.iat === 300, "wrong_challenge")
  const said = bytes(evidence.authenticatorData)
  need(said.length >= 37 && said.subarray(0, 32).equals(sha(new URL(origin).hostname)), "wrong_relying_party")
  need((said[32] & 1) === 1, "user_not_present")
  need((said[32] & 4) === 4, "user_not_verified")
  const { key, hash } = keyOf(bytes(evidence.publicKey))
  const signed = Buffer.concat([said, sha(bytes(evidence.clientDataJSON))])
  need(verify(hash, signed, key, bytes(evidence.signature)), "wrong_signature")
  return input
}

const outcome = (work) => {
  try {
    return { input: work(), code: null }
  } catch (error) {
    return { input: null, code: error.code ?? "unreadable_answer" }
  }
}

function checkEvidence(file, origin) {
  const read = JSON.parse(readFileSync(file, "utf8"))
  const items = read.items ?? [read]
  for (const evidence of items) {
    const { input, code } = outcome(() => check(evidence, origin))
    if (input === null) {
      console.log(`${evidence.personId}: does not hold, ${code}`)
      process.exitCode = 1
      continue
    }
    const key = sha(bytes(evidence.publicKey)).toString("hex").slice(0, 16)
    const when = new Date(input.iat * 1000).toISOString()
    console.log(`${input.reviewer}: ${input.decision} of change ${input.changeHash} (${input.approvalId}, policy ${input.policyVersion}), asked ${when}, key ${key}: holds`)
  }
  if (items.length === 0) console.log("There is nothing to check.")
}

function checkVectors() {
  const { challenges, evidence } = JSON.parse(readFileSync(new URL("step-up-v1.json", import.meta.url), "utf8"))
  const bad = [
    ...challenges.filter(({ input, canonical, challenge }) => jcs(input) !== canonical || challengeOf(input).toString("hex") !== challenge),
    ...evidence.filter(({ evidence: given, code = null }) => outcome(() => check(given)).code !== code),
  ]
  for (const { description } of bad) console.log(`does not hold: ${description}`)
  console.log(`step-up-v1: ${challenges.length + evidence.length - bad.length} hold`)
  if (bad.length > 0) process.exitCode = 1
}

const [file, origin] = process.argv.slice(2)
if (file === undefined) checkVectors()
else checkEvidence(file, origin)
