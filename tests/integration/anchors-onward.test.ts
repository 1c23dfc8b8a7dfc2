import { changeHash, sha256Hex } from "@deltaseal/guard/change"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openWatch } from "@/lib/db/watch/watch"
import { runtime } from "@/lib/env/runtime"
import type { Secrets } from "@/lib/env/secrets"
import { beginEpoch } from "@/lib/epochs/epochs.service"
import { endpoints } from "@/lib/http/endpoints"
import { createLogger } from "@/lib/observability/logger"
import { caller, newNonce, type Caller, type Reply } from "../support/api"
import { startProcess } from "../support/api-processes"
import { about, aPart, askAlways, codeOf, readBy } from "../support/attacks"
import { enrol, personWithPassword, signed } from "../support/authenticators"
import { approve, aWrite, openRun, pendingWrite, spend, writeFile, type Pending } from "../support/calls"
import { approvedWrite, codes, vote } from "../support/deciding"
import { putInForce } from "../support/rules"
import { newDataDir, removeDataDir } from "../support/server"
import { countRows, startWorld, type World } from "../support/world"

/** The bugs of others in this field (ANCHORS 11 to 20), each as somebody would try it here. */

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await putInForce(world, askAlways())
})
afterAll(() => world.close())

const read = (pending: Pending) => readBy(reviewer, pending)

/** It waits, nobody has voted, and nothing ran. */
async function expectUntouched(pending: Pending): Promise<void> {
  expect(await read(pending)).toMatchObject({ status: "pending", votes: [], execution: null })
}

test("anchor 11: a link that a mail scanner opens decides nothing", async () => {
  const pending = await pendingWrite(key)
  const said = `decision=approve&changeHash=${pending.changeHash}`
  for (const path of [about(pending), about(pending, `?${said}`), `/approvals/${pending.approvalId}`]) {
    await reviewer.get(path)
    await fetch(world.url + path, { method: "HEAD", headers: reviewer.headers })
  }
  for (const rest of ["/votes", `/votes?${said}`, "/cancel", "/consume"]) {
    expect([404, 405], rest).toContain((await reviewer.get(about(pending, rest))).status)
  }
  const body = { decision: "approve", changeHash: pending.changeHash }
  for (const header of [
    { origin: "https://mail.example" },
    { "sec-fetch-site": "cross-site" },
    { "x-csrf-token": "" },
  ]) {
    const forged = await reviewer.post(about(pending, "/votes"), body, header)
    expect(codeOf(forged), JSON.stringify(header)).toEqual([403, "csrf_failed"])
  }
  await expectUntouched(pending)
})

test("anchor 12: what has expired is spent nowhere: not here, not on another node, not after a restart", async () => {
  const start = () => startProcess(runtime().directUrl, secretsOf(runtime().secrets))
  let other = await start()
  const keyThere = () => caller(other.url, key.headers)
  const [late, good] = [await approvedWrite(key, reviewer), await approvedWrite(key, reviewer)]
  expect((await readBy(keyThere(), late)).status).toBe("approved")
  await world.su.query("UPDATE approval SET use_by = clock_timestamp() WHERE approval_id = $1", [
    late.approvalId,
  ])
  expect((await readBy(keyThere(), late)).status).toBe("expired")
  expect(codeOf(await spend(keyThere(), late))).toEqual([409, "expired"])
  await other.kill()
  other = await start()
  expect(codeOf(await spend(keyThere(), late))).toEqual([409, "expired"])
  expect(codeOf(await spend(key, late))).toEqual([409, "expired"])
  expect(codes([await spend(keyThere(), good), await spend(key, good)])).toEqual(["already_consumed", "won"])
  await other.kill()
}, 90_000)

test("anchor 13: a policy or a tool that changed between approval and use stops it", async () => {
  const approved = await approvedWrite(key, reviewer)
  await putInForce(world, "rules: [{name: none, effect: deny}]\n")
  expect(codeOf(await spend(key, approved))).toEqual([409, "policy_changed"])
  await putInForce(world, askAlways())
  expect(codeOf(await spend(key, approved))).toEqual([409, "cancelled"])

  for (const [change, back] of [
    ["definition_hash = repeat('0', 64)", "definition_hash = $3"],
    ["tier = 'T4_IDENTITY_MONEY_OUTBOUND'", "tier = 'T2_IRREVERSIBLE_WRITE', definition_hash = $3"],
    ["status = 'suspended'", "status = 'active', definition_hash = $3"],
  ] as const) {
    const pending = await approvedWrite(key, reviewer)
    const { definition } = pending.approval.envelope.tool
    const where = "WHERE tenant_id = $1 AND name = $2"
    await world.su.query(`UPDATE tool SET ${change} ${where}`, [world.ours.tenantId, writeFile.name])
    expect(codeOf(await spend(key, pending)), change).toEqual([409, "tool_changed"])
    await world.su.query(`UPDATE tool SET ${back} ${where}`, [
      world.ours.tenantId,
      writeFile.name,
      definition,
    ])
    expect((await read(pending)).status).toBe("stale")
  }
})

test("anchor 14: what is hashed can be read whole, byte for byte", async () => {
  const lines = Array.from({ length: 3_000 }, (_, at) => `line ${at}`)
  const [before, after] = [
    lines.join("\n"),
    lines.toSpliced(1_500, 1, `${"x".repeat(20_000)}\u202e`).join("\n"),
  ]
  const pending = await pendingWrite(key, {
    change: { parts: [{ ...aPart, before: { text: before }, after: { text: after } }] },
  })
  const { envelope, diff } = await read(pending)
  expect(changeHash(envelope)).toBe(pending.changeHash)
  expect(diff.preview).toContain("x".repeat(20_000))
  for (const side of ["before", "after"] as const) {
    let text = ""
    for (let from: number | null = 1; from !== null;) {
      const { body }: Reply = await reviewer.get(about(pending, `/parts/1/content?side=${side}&from=${from}`))
      text += String(body.text)
      from = body.nextLine
    }
    expect(sha256Hex(text)).toBe(envelope.parts[0][side].digest)
  }
  const votes = [{ approvalId: pending.approvalId, changeHash: pending.changeHash, decision: "approve" }]
  expect((await reviewer.post("/api/v1/approvals/votes", { mode: "all_or_nothing", votes })).body.code).toBe(
    "not_shown",
  )
  await expectUntouched(pending)
})

test("anchor 15: an agent's key votes on nothing and changes no rule", async () => {
  const pending = await pendingWrite(key)
  const idOf: Readonly<Record<string, string>> = {
    tenantId: world.ours.tenantId,
    approvalId: pending.approvalId,
    runId: pending.runId,
  }
  const before = await countRows(world, world.ours.tenantId)
  const forPeople = endpoints.filter(({ spec }) => spec.caller === "session" && spec.method !== "get")
  expect(forPeople.length).toBeGreaterThan(40)
  for (const { spec } of forPeople) {
    const path = spec.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => idOf[name] ?? "1")
    const reply = await key[spec.method](`/api/v1${path}`, spec.method === "get" ? undefined : {})
    expect(codeOf(reply), `${spec.method} ${path}`).toEqual([401, "unauthenticated"])
  }
  expect(codeOf(await approve(key, pending))).toEqual([401, "unauthenticated"])
  expect(await countRows(world, world.ours.tenantId)).toEqual(before)
})

test("anchor 16: a policy that cannot be read, or says what nobody knows, lets nothing through", async () => {
  const approved = await approvedWrite(key, reviewer)
  for (const document of ["{}", '{"version":1,"rules":[{"effect":"maybe","name":"all"}]}', "\u0000", ""]) {
    await putInForce(world, askAlways())
    const bytes = Buffer.from(document)
    await world.su.query(
      `UPDATE policy_version SET document = $2, digest = $3
       WHERE tenant_id = $1 AND version = (SELECT policy_version FROM tenant WHERE tenant_id = $1)`,
      [world.ours.tenantId, bytes, sha256Hex(bytes)],
    )
    const asked = await key.post("/api/v1/tool-calls", aWrite(approved.runId))
    expect(asked.status, asked.text).toBeGreaterThanOrEqual(400)
    expect((await spend(key, approved)).status).toBeGreaterThanOrEqual(400)
    expect((await read(approved)).execution).toBeNull()
  }
  await putInForce(world, askAlways())
  expect((await spend(key, approved)).status).toBe(200)
})

test("anchor 17: hidden and look-alike characters are refused in names and shown in contents", async () => {
  const runId = await openRun(key)
  for (const path of ["docs/\u202eexe.txt", "docs/a\u200b.txt", "docs/\u0430\u0308.txt/..", "a\u0300/../b"]) {
    const target = { workspace: "main", path }
    const asked = await key.post(
      "/api/v1/tool-calls",
      aWrite(runId, { change: { parts: [{ ...aPart, target }] } }),
    )
    expect(asked.status, path).toBe(422)
  }
  const twin = { ...writeFile, name: "write_f\u0456le" }
  expect((await key.post("/api/v1/tool-calls", aWrite(runId, { tool: twin }))).status).toBeGreaterThanOrEqual(
    400,
  )
  const after = { text: "alpha\nga\u200bmma \u202eevil\u2066\n" }
  const { approval } = await pendingWrite(key, { change: { parts: [{ ...aPart, after }] } })
  expect(approval.flags).toContain("hidden_characters")
  expect(approval.parts[0].hiddenCharacters).toBe(3)
})

test("anchor 18: a signature is for one decision and is inherited by no other", async () => {
  const person = await personWithPassword(world)
  const device = await enrol(world, person)
  await putInForce(world, askAlways("    approval: {stepUp: true}\n"))
  const [a, b] = [await pendingWrite(key), await pendingWrite(key)]
  const assertion = await signed(person, a, device)
  const stepUp = { stepUp: { assertion } }
  expect((await vote(person.caller, b, stepUp)).status).toBeGreaterThanOrEqual(400)
  expect(
    (await vote(person.caller, a, { ...stepUp, decision: "deny", reason: "No." })).status,
  ).toBeGreaterThanOrEqual(400)
  expect((await vote(person.caller, a, stepUp)).body.status).toBe("approved")
  expect(codeOf(await approve(person.caller, b))).toEqual([403, "step_up_required"])
  await person.caller.delete(about(a, "/votes/mine"))
  expect((await vote(person.caller, a, stepUp)).status).toBeGreaterThanOrEqual(400)
  expect([(await read(a)).status, (await read(b)).status]).toEqual(["pending", "pending"])
  await putInForce(world, askAlways())
})

test("anchor 19: what is over a limit is refused, not shortened", async () => {
  const pending = await pendingWrite(key)
  const { runId } = pending
  const long = "x".repeat(2 * 1024 * 1024 + 1)
  const before = await countRows(world, world.ours.tenantId)
  const tooMuch: readonly [object, string][] = [
    [{ reason: "x".repeat(2_049) }, "reason_too_long"],
    [{ change: { parts: [{ ...aPart, after: { text: long } }] } }, "content_too_large"],
    [{ change: { parts: Array.from({ length: 101 }, () => aPart) } }, "too_many_parts"],
  ]
  for (const [more, code] of tooMuch) {
    const asked = await key.post("/api/v1/tool-calls", aWrite(runId, more))
    expect([asked.status, asked.body.code], code).toEqual([422, code])
  }
  expect((await vote(reviewer, pending, { reason: "x".repeat(2_049) })).body.code).toBe("reason_too_long")
  const after = await countRows(world, world.ours.tenantId)
  const grown = Object.keys(after).filter((table) => after[table] !== before[table])
  expect(grown.filter((table) => !["audit_leaf", "audit_opening"].includes(table))).toEqual([])
  await expectUntouched(pending)
})

test("anchor 20: a restored backup revives nothing that was spent", async () => {
  const dataDir = await newDataDir()
  const logger = createLogger({ level: "silent" })
  const open = () => openWatch({ directUrl: runtime().directUrl, dataDir, logger, beginEpoch })
  const watch = await open()
  const [approved, pending] = [await approvedWrite(key, reviewer), await pendingWrite(key)]
  const nonce = newNonce()
  await world.su
    .query(`CREATE TEMP TABLE backup AS SELECT * FROM approval WHERE approval_id = '${approved.approvalId}';
    CREATE TEMP TABLE nodes AS SELECT * FROM node`)
  expect((await spend(key, approved, { nonce })).status).toBe(200)
  await watch.remember()
  await watch.close()

  await world.su.query(`DELETE FROM execution WHERE approval_id = '${approved.approvalId}';
    UPDATE approval a SET status = b.status, version = b.version FROM backup b WHERE a.approval_id = b.approval_id;
    DELETE FROM node; INSERT INTO node SELECT * FROM nodes`)
  expect((await read(approved)).status).toBe("approved")
  await (await open()).close()
  expect(codeOf(await spend(key, approved, { nonce }))).toEqual([409, "cancelled"])
  expect(codeOf(await spend(key, approved))).toEqual([409, "cancelled"])
  expect(codeOf(await approve(reviewer, pending))).toEqual([409, "approval_closed"])
  expect(await read(approved)).toMatchObject({ status: "cancelled", execution: null })
  await removeDataDir(dataDir)
})

function secretsOf({ permitKey, keyPepper, encryptionKey, sessionSecret }: Secrets): Record<string, string> {
  return {
    DELTASEAL_PERMIT_KEY: JSON.stringify(permitKey),
    DELTASEAL_KEY_PEPPER: keyPepper.toString("base64"),
    DELTASEAL_ENCRYPTION_KEY: encryptionKey.toString("base64"),
    DELTASEAL_SESSION_SECRET: sessionSecret,
  }
}
