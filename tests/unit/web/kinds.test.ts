import { createElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, test } from "vitest"
import { diffParts } from "@/components/approvals/diff-parts"
import { diffModel } from "@/components/diffs/diff-model"
import { DiffView } from "@/components/diffs/diff-view"
import { ReviewProvider } from "@/components/diffs/review"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

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
const moved: Shown = {
  parts: [{ ...part, kind: "file", op: "move", target: { workspace: "main", path: "b.md", from: "a.md" } }],
  diff: {
    type: "unified",
    preview: "diff --git a/a.md b/b.md\nsimilarity index 100%\nrename from a.md\nrename to b.md\n",
  },
}

describe.each([
  [
    "a message",
    message,
    [
      "bo@acme.example",
      "first contact",
      "looks like northwind.example",
      "Prices &lt;b&gt;",
      "ZERO WIDTH SPACE",
      "48,213 bytes",
    ],
  ],
  ["a command", command, ["printf", "LINE FEED", "/srv", "CI", `sha256 ${digest}`]],
  ["a call", call, ["__proto__", "&quot;b&quot;: 1"]],
  ["a config", config, ["/replicas", "replicas: 2", "replicas: 3"]],
  ["a move", moved, ["a.md → b.md", "rename from a.md"]],
])("%s", (_, shown, words) => {
  test("is on the page with everything that it is", () => {
    const html = markup(shown)
    for (const word of words) expect(html).toContain(word)
  })

  test("has to be seen before it can be approved", () => {
    const segments = diffModel(diffParts(shown)).flatMap(({ hunks }) =>
      hunks.flatMap((hunk) => hunk.segments),
    )
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
  const shown = [message, command, call, config, moved].flatMap((each) => diffParts(each))
  expect(new Set(shown.map(({ preview }) => preview)).size).toBe(shown.length)
})

function markup(shown: Shown): string {
  const html = renderToStaticMarkup(
    createElement(ReviewProvider, {
      parts: diffParts(shown),
      remembered: "unified",
      children: createElement(DiffView),
    }),
  )
  return html.replace(/<\/?(?:bdi|mark)[^>]*>/g, "")
}
