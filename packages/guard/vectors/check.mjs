// Checks every vector in this folder with nothing but Node: `node check.mjs`. A second implementation of the
// specification, written apart from the first one; copy it into another language and you have a third.
import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"

const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"))
const sha = (data) => createHash("sha256").update(data).digest("hex")
const labelled = (label, value) => sha(`${label}\0${jcs(value)}`)
const stop = (code) => {
  throw Object.assign(new Error(code), { code })
}
const need = (isTrue, code) => isTrue || stop(code)

// RFC 8785. JSON.stringify writes strings and numbers as it asks; members are sorted by UTF-16 code units.
function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join()}]`
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${jcs(value[name])}`).join()}}`
}

const utf8Length = (text) => Buffer.byteLength(text)
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/u
const isVisible = (text) =>
  typeof text === "string" && text !== "" && utf8Length(text) < 1025 && !unseen.test(text)
const isDigest = (text) => typeof text === "string" && /^[0-9a-f]{64}$/.test(text)
const isSize = (value) => Number.isSafeInteger(value) && value >= 0
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value)
const has = (value, names, more = []) =>
  isObject(value) &&
  names.every((name) => Object.hasOwn(value, name)) &&
  Object.keys(value).every((name) => names.includes(name) || more.includes(name))

const name = (text) =>
  need(typeof text === "string" && /^[A-Za-z0-9_.-]{1,128}$/.test(text), "invalid_name")
const foreign = (text) => need(isVisible(text), "invalid_name")
const version = (text) => need(typeof text === "string" && /^[!-~]{1,128}$/.test(text), "invalid_name")
const digest = (text) => need(isDigest(text), "invalid_envelope")
const isComponent = (part) => !/^\.{0,2}$|^\p{Zs}|\p{Zs}$/u.test(part) && utf8Length(part) < 256
const path = (text) =>
  need(
    isVisible(text) && !text.includes("\\") && text === text.normalize("NFC") && text.split("/").every(isComponent),
    "invalid_path",
  )

const kinds = {
  file: { target: { workspace: name, path }, ops: "create update delete move", state: ["mode"] },
  record: { target: { system: name, type: name, id: foreign }, ops: "create update delete", old: ["version"] },
  config: { target: { system: name, name: foreign }, ops: "create update delete", state: ["format", "value"] },
  message: { target: { channel: foreign }, ops: "send" },
  command: { target: { runner: foreign }, ops: "execute" },
  call: { target: { server: name, name }, ops: "call" },
}
const goes = { update: "present present", move: "present present", delete: "present absent" }
const stateChecks = {
  bytes: (value) => need(isSize(value), "invalid_envelope"),
  digest,
  mode: (value) => need(value === "100644" || value === "100755", "invalid_envelope"),
  format: (value) => need(["json", "yaml", "toml"].includes(value), "invalid_envelope"),
  value: digest,
  version: foreign,
}

function checkState(state, required, optional) {
  if (state?.state === "absent") return need(has(state, ["state"]), "invalid_envelope")
  need(has(state, ["state", "bytes", "digest", ...required], optional), "invalid_envelope")
  need(state.state === "present", "invalid_envelope")
  for (const [member, check] of Object.entries(stateChecks)) if (member in state) check(state[member])
}

function checkPart(part) {
  need(has(part, ["kind", "op", "target", "before", "after"]), "invalid_envelope")
  const { kind, op, target, before, after } = part
  need(Object.hasOwn(kinds, kind) && kinds[kind].ops.split(" ").includes(op), "invalid_envelope")
  const { state = [], old = [] } = kinds[kind]
  const names = { ...kinds[kind].target, ...(op === "move" ? { from: path } : {}) }
  need(has(target, Object.keys(names)), "invalid_envelope")
  for (const [member, check] of Object.entries(names)) check(target[member])

  checkState(before, state, old)
  checkState(after, state, [])
  need(`${before.state} ${after.state}` === (goes[op] ?? "absent present"), "invalid_envelope")
  if (op === "update") need(before.digest !== after.digest || before.mode !== after.mode, "no_change")
  if (op === "move") need(before.digest === after.digest, "invalid_envelope")
  const { from, ...place } = target
  return [place, ...(op === "move" ? [{ ...place, path: from }] : [])].map((each) => `${kind} ${jcs(each)}`)
}

function checkEnvelope(envelope) {
  need(has(envelope, ["v", "tenantId", "runId", "tool", "input", "parts"]), "invalid_envelope")
  need(envelope.v === 1, "invalid_envelope")
  name(envelope.tenantId)
  name(envelope.runId)
  const { tool, parts } = envelope
  need(has(tool, ["server", "name", "version", "definition"]), "invalid_envelope")
  name(tool.server)
  name(tool.name)
  version(tool.version)
  digest(tool.definition)
  digest(envelope.input)
  need(Array.isArray(parts), "invalid_envelope")
  need(parts.length > 0, "no_change")
  need(parts.length <= 100, "too_many_parts")
  const taken = new Set()
  for (const target of parts.flatMap((part) => checkPart(part))) {
    need(!taken.has(target), "duplicate_target")
    taken.add(target)
  }
  return envelope
}

const absent = { state: "absent" }
const present = (bytes, more = {}) => ({ state: "present", bytes: bytes.length, digest: sha(bytes), ...more })
const ofJson = (value) => present(Buffer.from(jcs(value)))

function bytesOf(content) {
  const isOne = isObject(content) && ("text" in content) !== ("base64" in content)
  need(isOne && has(content, [], ["text", "base64", "mode"]), "invalid_content")
  if ("text" in content) return Buffer.from(content.text)
  const bytes = Buffer.from(content.base64, "base64")
  need(bytes.toString("base64") === content.base64, "invalid_content")
  return bytes
}

function fileState(content) {
  if (content === null) return absent
  const { mode = "100644" } = isObject(content) ? content : {}
  need(mode === "100644" || mode === "100755", "invalid_content")
  return present(bytesOf(content), { mode })
}

function recordState(value) {
  if (value === null) return absent
  need(isObject(value), "invalid_content")
  return ofJson(value)
}

/** RFC 6902, enough of it for these vectors: add, replace, remove and test. */
function patched(document, patch) {
  need(Array.isArray(patch), "invalid_patch")
  const root = { "": JSON.parse(jcs(document)) }
  for (const { op, path: pointer, value } of patch) {
    const tokens = pointer.split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    const last = tokens.pop()
    const holder = tokens.reduce((at, token) => at?.[token], root)
    need(typeof holder === "object" && holder !== null, "invalid_patch")
    const isList = Array.isArray(holder)
    if (op !== "add") need(Object.hasOwn(holder, last), "invalid_patch")
    if (op === "test") need(jcs(holder[last]) === jcs(value), "invalid_patch")
    else if (op === "remove") isList ? holder.splice(Number(last), 1) : delete holder[last]
    else if (op === "add" && isList) holder.splice(last === "-" ? holder.length : Number(last), 0, value)
    else holder[last] = value
  }
  return root[""]
}

function recordStates({ before, after, patch, version: row, ...part }) {
  const isPatched = patch !== undefined
  need(has(part, ["kind", "target"]) && before !== undefined, "unsupported_change")
  need((after === undefined) === isPatched, "unsupported_change")
  need(before !== null || (row === undefined && !isPatched), "unsupported_change")
  const old = recordState(before)
  const next = recordState(isPatched ? patched(before, patch) : after)
  return [row === undefined ? old : { ...old, version: row }, next]
}

/** `values` stands in for a YAML or TOML reader; JSON is read here, and read strictly as far as vectors need it. */
function configState(content, format, value) {
  if (content === null) return absent
  need(has(content, ["text"]), "invalid_content")
  const bytes = Buffer.from(content.text)
  return present(bytes, { format, value: sha(jcs(format === "json" ? strictly(content.text) : value)) })
}

function strictly(text) {
  let value
  try {
    value = JSON.parse(text)
  } catch {
    stop("invalid_content")
  }
  // A name given twice leaves fewer members than there were; a number that lost digits prints otherwise.
  const written = text.replace(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, "")
  need(jcs(value).length === written.length, "invalid_content")
  need(jcs(value).split("").sort().join() === written.split("").sort().join(), "invalid_content")
  return value
}

function messageState(after) {
  const names = ["from", "replyTo", "recipients", "subject", "body", "attachments"]
  const { from, replyTo, recipients, subject, body, attachments } = isObject(after) ? after : {}
  const isRecipient = (one) =>
    has(one, ["role", "address"]) && ["to", "cc", "bcc"].includes(one.role) && isVisible(one.address)
  const isAttachment = (one) =>
    has(one, ["name", "bytes", "digest"]) && isVisible(one.name) && isSize(one.bytes) && isDigest(one.digest)
  const isFit =
    has(after, names) &&
    isVisible(from) &&
    (replyTo === null || isVisible(replyTo)) &&
    (subject === null || (typeof subject === "string" && !/\p{Cc}/u.test(subject))) &&
    typeof body === "string" &&
    recipients.length > 0 && recipients.every(isRecipient) &&
    new Set(recipients.map(({ address }) => address)).size === recipients.length &&
    attachments.every(isAttachment)
  need(isFit, "invalid_content")
  return ofJson(after)
}

function commandState(after) {
  const { argv, cwd, env, stdinDigest, image } = isObject(after) ? after : {}
  const isArgument = (text) => typeof text === "string" && !text.includes("\0")
  const isVariable = (one) =>
    has(one, ["name", "digest"]) && isArgument(one.name) && /^[^=]+$/.test(one.name) && isDigest(one.digest)
  const isFit =
    has(after, ["argv", "cwd", "env", "stdinDigest", "image"]) &&
    Array.isArray(argv) &&
    argv.every(isArgument) && (argv[0] ?? "") !== "" &&
    isArgument(cwd) && cwd !== "" &&
    (image === null || isArgument(image)) &&
    (stdinDigest === null || isDigest(stdinDigest)) &&
    env.every(isVariable) && new Set(env.map((one) => one.name)).size === env.length
  need(isFit, "invalid_content")
  return ofJson(after)
}

function statesOf(part, change, value) {
  const { kind, target, before, after, format } = part
  const exactly = (...names) => need(has(part, ["kind", "target", ...names]), "unsupported_change")
  const own = () => target.server === change.tool.server && target.name === change.tool.name
  const readers = {
    file: () => exactly("before", "after") && [fileState(before), fileState(after)],
    record: () => recordStates(part),
    config: () =>
      exactly("format", "before", "after") &&
      need(["json", "yaml", "toml"].includes(format), "unsupported_change") && [
        configState(before, format, value?.before),
        configState(after, format, value?.after),
      ],
    message: () => exactly("after") && [absent, messageState(after)],
    command: () => exactly("after") && [absent, commandState(after)],
    call: () => exactly() && need(own(), "unsupported_change") && [absent, ofJson(change.input)],
  }
  return (Object.hasOwn(readers, kind) ? readers[kind] : () => stop("unsupported_change"))()
}

function opOf({ kind, target }, before, after) {
  const sent = { message: "send", command: "execute", call: "call" }[kind]
  if (sent !== undefined) return sent
  if (kind === "file" && "from" in target) return "move"
  if (before.state === "present") return after.state === "present" ? "update" : "delete"
  return after.state === "present" ? "create" : stop("no_change")
}

function envelopeOf({ change, values = [] }) {
  const parts = change.parts.map((part, index) => {
    const value = values.find((known) => known.part === index)
    const [before, after] = statesOf(part, change, value)
    return { kind: part.kind, op: opOf(part, before, after), target: part.target, before, after }
  })
  const { tenantId, runId, tool, input } = change
  return checkEnvelope({ v: 1, tenantId, runId, tool, input: sha(jcs(input)), parts })
}

const pinned = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"]
const toolOf = (definition) =>
  Object.fromEntries(pinned.flatMap((one) => (one in definition ? [[one, definition[one]]] : [])))
const changeHash = (envelope) => labelled("deltaseal/change/v1", envelope)
/** Refusing these takes a reader of YAML or TOML, which one file without dependencies does not have. */
const needsReader = ({ code, change }) =>
  code === "invalid_content" && change.parts.some(({ format }) => format === "yaml" || format === "toml")

const suites = {
  "change-v1": (one) => jcs(checkEnvelope(one.envelope)) === one.canonical && changeHash(one.envelope) === one.changeHash,
  "change-v1-refused": (one) => outcome(() => checkEnvelope(one.envelope)) === one.code,
  "proposed-change-v1": (one) =>
    needsReader(one) ? null : outcome(() => changeHash(envelopeOf(one))) === (one.changeHash ?? one.code),
  "tool-v1": (one) => labelled("deltaseal/tool/v1", toolOf(one.definition)) === one.toolHash,
  "commit-v1": ({ name: field, salt, value, commitment }) =>
    labelled("deltaseal/commit/v1", { name: field, salt, value }) === commitment,
  "plan-v1": ({ plan, planHash }) => labelled("deltaseal/plan/v1", plan) === planHash,
}

function outcome(run) {
  try {
    return run()
  } catch (error) {
    return error.code ?? String(error)
  }
}

for (const [suite, holds] of Object.entries(suites)) {
  const results = load(suite).map((one) => ({ one, result: outcome(() => holds(one)) }))
  const wrong = results.filter(({ result }) => result !== true && result !== null)
  const skipped = results.filter(({ result }) => result === null).length
  const rest = skipped === 0 ? "" : `, ${skipped} left out: they take a reader of YAML or TOML`
  console.log(`${suite}: ${results.length - wrong.length - skipped} hold${rest}`)
  for (const { one } of wrong) console.error(`  does not hold: ${one.description}`)
  if (wrong.length > 0) process.exitCode = 1
}
