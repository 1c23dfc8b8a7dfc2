import { expect, test } from "vitest"
import { buildEnvelope, changeHash, commitment, sha256Hex, toolHash } from "@deltaseal/guard/change"
import { canonicalize, type Envelope } from "@deltaseal/guard/change"

// The worked vectors of SPEC 2.2 and 5.1, copied from the specification and not from our output.
const definition = {
  description: "Writes a text file in the workspace.",
  inputSchema: {
    additionalProperties: false,
    properties: { content: { type: "string" }, path: { type: "string" } },
    required: ["path", "content"],
    type: "object",
  },
  name: "write_file",
  title: "Write file",
}
const definitionHash = "badb55ad8fc5467a939296d195359645834c48e6a9078c5a49a043c592fe4445"
const fileHash = "ed55484a13ccb68ee26fbc8f0252b6c39eea729b4114ca8a45f1bb066534d700"
const ids = { tenantId: "ten_01J00000000000000000000000", runId: "run_01J00000000000000000000000" }

test("a tool hash covers what the specification names and nothing else", () => {
  expect(toolHash(definition)).toBe(definitionHash)
  expect(toolHash({ ...definition, icons: ["x"] } as typeof definition)).toBe(definitionHash)
})

test("a file change has the envelope and the hash of the specification", () => {
  const envelope = buildEnvelope({
    ...ids,
    tool: { server: "workspace", name: "write_file", version: "1.4.0", definition: definitionHash },
    input: { content: "alpha\ngamma\n", path: "docs/a.txt" },
    parts: [
      {
        kind: "file",
        target: { workspace: "main", path: "docs/a.txt" },
        before: { text: "alpha\nbeta\n" },
        after: { text: "alpha\ngamma\n" },
      },
    ],
  })

  expect(canonicalize(envelope)).toBe(
    '{"input":"da482701006576bf745afc42f0ac2310c7152d78ac6a87fcbc2c137cc843ed24","parts":[{"after":{"bytes":12,"digest":"17cbbec0b19b84e7729ef8bba7e45944bfa331f56fa873b4e796d1730b8f953f","mode":"100644","state":"present"},"before":{"bytes":11,"digest":"e49c81e2d2f84e259d40e2fb8192f3bcd198b355184845d76d8f58807d0d78ee","mode":"100644","state":"present"},"kind":"file","op":"update","target":{"path":"docs/a.txt","workspace":"main"}}],"runId":"run_01J00000000000000000000000","tenantId":"ten_01J00000000000000000000000","tool":{"definition":"badb55ad8fc5467a939296d195359645834c48e6a9078c5a49a043c592fe4445","name":"write_file","server":"workspace","version":"1.4.0"},"v":1}',
  )
  expect(changeHash(envelope)).toBe(fileHash)
})

test("a record change has the hash of the specification", () => {
  const stateOf = (value: Record<string, string>) => {
    const bytes = canonicalize(value)
    return { state: "present", bytes: Buffer.byteLength(bytes), digest: sha256Hex(bytes) } as const
  }
  const input = {
    contactId: "c_123",
    patch: [{ op: "replace", path: "/lifecycleStage", value: "MQL" }],
    tenantId: ids.tenantId,
  }
  const envelope: Envelope = {
    v: 1,
    ...ids,
    tool: { server: "crm", name: "crm.apply_patch", version: "2026-02-01", definition: definitionHash },
    input: sha256Hex(canonicalize(input)),
    parts: [
      {
        kind: "record",
        op: "update",
        target: { id: "c_123", system: "crm", type: "contact" },
        before: stateOf({ lifecycleStage: "Lead", owner: "ana" }),
        after: stateOf({ lifecycleStage: "MQL", owner: "ana" }),
      },
    ],
  }

  expect(changeHash(envelope)).toBe("415c0b97e6620e5a2926f23de69a8e75a447c21c85296e8b028c2d7f46e2d345")
})

test("a commitment is the one of the specification", () => {
  expect(commitment({ name: "changeHash", salt: "0".repeat(64), value: fileHash })).toBe(
    "e40bc44e5c72ed499814e9969a73e45548a52de2f4da6cd818b4fc57488f1e05",
  )
})
