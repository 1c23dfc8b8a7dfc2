import { newNonce, type Caller, type Reply } from "./api"
import { enrol, personWithPassword } from "./authenticators"
import { approve, openRun, type Pending } from "./calls"
import type { Write } from "./every-write"
import { putInForce } from "./rules"
import { makePerson, makeTool, type World } from "./world"

/** Changes whatever it is asked to change. */
export const anyTool = { server: "workspace", name: "do_anything", version: "1.0.0" } as const

export const makeAnyTool = (world: World) =>
  makeTool(world, { name: anyTool.name, tier: "T2_IRREVERSIBLE_WRITE" })

export const aFile = (path: string, before: string | null, after: string | null, more: object = {}) => ({
  kind: "file",
  target: { workspace: "main", path, ...more },
  before: before === null ? null : { text: before },
  after: after === null ? null : { text: after },
})

/** Three files of one change. */
export const threeFiles = ["a", "b", "c"].map((name) => aFile(`${name}.md`, "old\n", `${name}\n`))

const bytes = Buffer.from([0, 255, 10]).toString("base64")
const mail = (address: string) => ({
  from: "ana@northwind.example",
  replyTo: null,
  recipients: [{ role: "to", address }],
  subject: "Prices",
  body: "They go up.",
  attachments: [],
})
const command = { argv: ["ls"], cwd: "/srv", env: [], stdinDigest: null, image: null }
/** A change with a part of each kind, and of each way in which a file changes. */
export const ofEveryKind = [
  { ...aFile("x.bin", null, null), after: { base64: bytes, mode: "100755" } },
  aFile("gone.md", "\uFEFFbom\r\n", null),
  aFile("to.md", "same\n", "same\n", { from: "from.md" }),
  {
    kind: "record",
    target: { system: "crm", type: "contact", id: "c_1" },
    version: "7",
    before: { stage: "Lead", note: "\u0000" },
    after: { stage: "MQL" },
  },
  {
    kind: "config",
    target: { system: "app", name: "prod.yaml" },
    format: "yaml",
    before: { text: "replicas: 2 # two\n" },
    after: { text: "replicas: 3\n" },
  },
  { kind: "message", target: { channel: "email" }, after: mail("bo@acme.example") },
  { kind: "command", target: { runner: "reports" }, after: command },
  { kind: "call", target: { server: anyTool.server, name: anyTool.name } },
]
export async function askForParts(
  key: Caller,
  parts: readonly object[] = threeFiles,
  { runId, ...changes }: Readonly<{ runId?: string; [member: string]: unknown }> = {},
): Promise<Pending> {
  const inRun = runId ?? (await openRun(key))
  const call = { runId: inRun, tool: anyTool, input: { note: "n" }, change: { parts }, ...changes }
  const reply = await key.post("/api/v1/tool-calls", call)
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body
  return { runId: inRun, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

export type Part = Pick<Pending, "approvalId" | "changeHash">

export function partial(
  who: Caller,
  { approvalId, changeHash }: Part,
  body: object,
  step: "" | "/preview" | "/step-up" = "",
): Promise<Reply> {
  return who.post(`/api/v1/approvals/${approvalId}/partial${step}`, { changeHash, ...body })
}

export const partialReason = "The third is not agreed."

/** Looks at these parts alone, and approves what was seen. */
export async function approveParts(who: Caller, pending: Part, parts: readonly number[]): Promise<Reply> {
  const preview = await partial(who, pending, { parts }, "/preview")
  if (preview.status !== 200) return preview
  return partial(who, pending, { parts, derivedHash: preview.body.derivedHash, reason: partialReason })
}

/** Spends an approval as it was answered. */
export function spendAnswer(
  key: Caller,
  { body }: Pick<Reply, "body">,
  changes: object = {},
): Promise<Reply> {
  return key.post(`/api/v1/approvals/${body.approvalId}/consume`, {
    runId: body.runId,
    changeHash: body.changeHash,
    nonce: newNonce(),
    observed: body.parts.map(({ before }: { before: object }) => before),
    ...changes,
  })
}

/** A decision that is carried over; the policy in force is another one afterwards. */
export async function carryOverHappens(world: World): Promise<void> {
  const rules = "rules:\n  - {name: all, effect: require_approval, approval: {carryOver: 1h}}\n"
  await putInForce(world, rules)
  const { caller } = await makePerson(world, { role: "reviewer" })
  await approve(caller, await askForParts(world.ours.key))
  const { approval } = await askForParts(world.ours.key)
  if (approval.status !== "approved") throw new Error(JSON.stringify(approval))
}

async function seenParts(world: World) {
  await makeAnyTool(world).catch(() => undefined)
  const pending = await askForParts(world.ours.key)
  const person = await makePerson(world, { role: "reviewer" })
  const { body } = await partial(person.caller, pending, { parts: [1] }, "/preview")
  const choice = { parts: [1], derivedHash: body.derivedHash as string }

  return { pending, person, choice }
}

/** What every-write asks for. */
export const partialWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /approvals/{approvalId}/partial": async (world) => {
    const { pending, person, choice } = await seenParts(world)
    const body = { ...choice, reason: partialReason }
    return { by: person.caller, ask: (who) => partial(who, pending, body), succeeds: 201 }
  },
  "POST /approvals/{approvalId}/partial/step-up": async (world) => {
    const { pending, choice } = await seenParts(world)
    const person = await personWithPassword(world)
    await enrol(world, person)
    return { by: person.caller, ask: (who) => partial(who, pending, choice, "/step-up"), succeeds: 201 }
  },
}

type Ids = Readonly<{ approvalId: string; changeHash: string }>

/** How a stranger asks for each call about some parts of a change. */
export const partialOperations: Readonly<
  Record<string, Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply> }>>
> = {
  "POST /api/v1/approvals/:approvalId/partial": {
    ask: (who, ids) => partial(who, ids, { parts: [1], derivedHash: ids.changeHash, reason: "r" }),
  },
  "POST /api/v1/approvals/:approvalId/partial/preview": {
    ask: (who, ids) => partial(who, ids, { parts: [1] }, "/preview"),
  },
  "POST /api/v1/approvals/:approvalId/partial/step-up": {
    ask: (who, ids) => partial(who, ids, { parts: [1], derivedHash: ids.changeHash }, "/step-up"),
  },
}
