import { describe, expect, test } from "vitest"
import { diffParts } from "@/components/approvals/diff-parts"
import { diffModel, type DiffPart } from "@/components/diffs/diff-model"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { renderedChange } from "./rendered-change"

type Shown = Pick<ApprovalView, "diff" | "parts">

const digest = "0".repeat(64)
const part = {
  op: "send",
  before: { state: "absent" as const },
  after: { state: "absent" as const },
  added: 1,
  removed: 0,
  hiddenCharacters: 0,
  flags: [],
}
const message: Shown = {
  parts: [{ ...part, kind: "message", target: { channel: "email" } }],
  diff: {
    type: "message",
    preview: {
      from: "ana@northwind.example",
      replyTo: null,
      recipients: [
        { role: "to", address: "bo@acme.example", domain: "acme.example", isFirst: true, imitates: null },
        {
          role: "bcc",
          address: "x@n0rthwind.example",
          domain: "n0rthwind.example",
          isFirst: null,
          imitates: "northwind.example",
        },
      ],
      subject: "Prices <b>",
      body: "one\n4\u200b9\n",
      attachments: [{ name: "a.pdf", bytes: 48_213, digest }],
    },
  },
}
const command: Shown = {
  parts: [{ ...part, kind: "command", op: "execute", target: { runner: "ci" } }],
  diff: {
    type: "command",
    preview: {
      argv: ["printf", "", "a\nb"],
      cwd: "/srv",
      env: [{ name: "CI", digest }],
      stdinDigest: null,
      image: null,
    },
  },
}
const call: Shown = {
  parts: [{ ...part, kind: "call", op: "call", target: { server: "mail", name: "send" } }],
  diff: { type: "call", preview: JSON.parse('{"b":1,"a":{"__proto__":2}}') },
}
const config: Shown = {
  parts: [{ ...part, kind: "config", op: "update", target: { system: "app", name: "prod.yaml" } }],
  diff: {
    type: "normalized_json",
    preview: [{ op: "replace", path: "/replicas", from: 2, to: 3 }],
    raw: "diff --git a/p b/p\n--- a/p\n+++ b/p\n@@ -1 +1 @@\n-replicas: 2\n+replicas: 3\n",
  },
}
const present = { state: "present" as const, bytes: 12, digest, mode: "100644" as const }
const moved: Shown = {
  parts: [
    {
      ...part,
      kind: "file",
      op: "move",
      target: { workspace: "main", path: "b.md", from: "a.md" },
      before: present,
      after: present,
    },
  ],
  diff: {
    type: "unified",
    preview: "diff --git a/a.md b/b.md\nsimilarity index 100%\nrename from a.md\nrename to b.md\n",
  },
}
const file = {
  ...part,
  kind: "file",
  op: "update",
  target: { workspace: "main", path: "a" },
  before: present,
}
const mode: Shown = {
  parts: [{ ...file, after: { ...present, mode: "100755" } }],
  diff: { type: "unified", preview: "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n" },
}
const binary: Shown = {
  parts: [{ ...file, after: { ...present, bytes: 13, digest: "1".repeat(64) } }],
  diff: {
    type: "unified",
    preview:
      `diff --git a/a b/a\nBinary files a/a and b/a differ\nbefore 12 bytes, sha256 ${digest}, begins 89 50 4e\n` +
      `after 13 bytes, sha256 ${"1".repeat(64)}, begins 89 50 4f\n`,
  },
}

/** As it is after its folds were opened. */
function opened(shown: Shown): readonly DiffPart[] {
  return diffParts(shown).map((each) => {
    const blocks = each.blocks?.map((block) => ("patch" in block ? { ...block, isOpen: true } : block))
    return blocks === undefined ? each : { ...each, blocks }
  })
}

describe.each<[string, Shown | readonly DiffPart[], string[]]>([
  [
    "a message",
    message,
    [
      "bo@acme.example",
      "2 recipients at 2 domains, first contacts are not known here",
      "first contact",
      "looks like northwind.example",
      "Prices &lt;b&gt;",
      "ZERO WIDTH SPACE",
      "48,213 bytes",
    ],
  ],
  [
    "a command",
    command,
    ["3 arguments, one per line", "printf", "LINE FEED", "/srv", "CI", `sha256 ${digest}`],
  ],
  ["a call", call, ["__proto__", "&quot;b&quot;: 1"]],
  ["a config", config, ["/replicas", "Its text", "also comments, order and layout: 2 lines in 1 hunk"]],
  ["a config's text", opened(config), ["replicas: 2", "replicas: 3"]],
  ["a move", moved, ["a.md → b.md", "The content stays as it is", `sha256`, digest]],
  ["a mode", mode, ["100644 (not executable)", "100755 (executable)", "12 bytes"]],
  ["a binary", binary, ["cannot be inspected", "12 bytes", "13 bytes", digest, "1".repeat(64), "89 50 4e"]],
])("%s", (_, shown, words) => {
  test("is on the page with everything that it is", () => {
    const html = markup(shown)
    for (const word of words) expect(html).toContain(word)
  })

  test("has to be seen before it can be approved", () => {
    const segments = diffModel(partsOf(shown)).flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.segments))
    expect(segments.length).toBeGreaterThan(0)
    expect(new Set(segments.map(({ id }) => id)).size).toBe(segments.length)
  })
})

test("a command has one line for each argument, whatever is in it", () => {
  const [model] = diffModel(diffParts(command))
  const lines = model?.hunks[0]?.segments.flatMap((segment) => segment.lines.map(({ text }) => text))
  expect(lines).toEqual(["printf", "", "a\nb"])
})

test("a config's text is seen beside what it means", () => {
  const [model] = diffModel(diffParts(config))
  expect(model?.hunks.map(({ title }) => title)).toEqual(["What it means", "@@ -1 +1 @@"])
})

test("two contents never share what tells them apart", () => {
  const shown = [message, command, call, config, moved, mode, binary].flatMap((each) => diffParts(each))
  expect(new Set(shown.map(({ preview }) => preview)).size).toBe(shown.length)
})

test("a text that says what no field does stands open, under those words", () => {
  const comments: Shown = { ...config, diff: { ...normalized(config), preview: [] } }
  const html = markup(comments)
  expect(html).toContain("What it means stays the same; its text changes")
  expect(html).toContain("replicas: 3")
})

function normalized({ diff }: Shown) {
  if (diff.type !== "normalized_json") throw new Error("This is no config.")
  return diff
}

function partsOf(shown: Shown | readonly DiffPart[]): readonly DiffPart[] {
  return "diff" in shown ? diffParts(shown) : shown
}

function markup(shown: Shown | readonly DiffPart[]): string {
  return renderedChange(partsOf(shown)).replace(/<\/?(?:bdi|mark)[^>]*>/g, "")
}
