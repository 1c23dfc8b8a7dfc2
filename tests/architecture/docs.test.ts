import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"
import { errorCodes } from "@/lib/errors/codes"

const root = path.resolve(import.meta.dirname, "../..")
const codes = Object.entries(errorCodes)
const pages = namesIn("docs/errors")
const decisions = namesIn("docs/decisions").filter((name) => name !== "README.md")
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...(readdirSync(path.join(root, "docs"), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
]

test("every error code has a page, and every page a code", () => {
  expect(pages).toEqual(codes.map(([code]) => `${code}.md`).sort())
})

test.each(codes)("the page of %s has the status and title of the table", (code, { status, title }) => {
  const [heading, , line] = read(`docs/errors/${code}.md`).split("\n")

  expect(heading).toBe(`# ${code}`)
  expect(line).toBe(`HTTP ${status}: ${title}.`)
})

test.each(codes)("the page of %s says what was not done, what to do, and shows a problem", (code) => {
  const page = read(`docs/errors/${code}.md`)
  const problem = exampleIn(page)
  const known = codes.find(([name]) => name === problem.code)

  expect(page).toMatch(/^Not done: /m)
  expect(page).toMatch(/^- (Agent|Developer|Reviewer|Operator): /m)
  expect({ status: problem.status, title: problem.title }).toEqual(known?.[1])
  expect([code, ...(problem.reasons ?? []).map((reason) => reason.code)]).toContain(code)
})

test("every relative link leads to a file, and to a heading where it names one", () => {
  expect(documents.flatMap((document) => deadLinksIn(document))).toEqual([])
})

test("every decision is in the index, under its own title", () => {
  const listed = [...read("docs/decisions/README.md").matchAll(/^- \[(\d{4})\]\(([^)]+)\) (.+)$/gm)]
  const written = decisions.map((name) => {
    const [, number, title] = /^# (\d{4})\. (.+)$/m.exec(read(`docs/decisions/${name}`)) ?? []
    return [number, name, title]
  })

  expect(listed.map(([, number, name, title]) => [number, name, title])).toEqual(written)
})

test.each(decisions)("%s gives context, decision and consequence", (name) => {
  const headings = read(`docs/decisions/${name}`).match(/^## .+$/gm)

  expect(headings).toEqual(["## Context", "## Decision", "## Consequence"])
})

test("the README's guard example is the one that the guard's own test compiles", () => {
  expect(exampleOf("README.md")).toBe(exampleOf("packages/guard/README.md"))
})

test("the README names every variable that is read", () => {
  const read_ = read("lib/env/config.ts") + read("lib/env/secrets.ts")
  const named = [...read_.matchAll(/^ {2,4}([A-Z][A-Z_]+): /gm)].map(([, name]) => name)
  const listed = [...read("README.md").matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name)

  expect(listed.sort()).toEqual([...new Set(named)].sort())
})

test("the change-hash guide has the numbers of the frozen vectors", () => {
  const vectors = read("packages/guard/vectors/change-v1.json") + read("packages/guard/vectors/tool-v1.json")
  const numbers = read("docs/guides/change-hash.md").match(/`[0-9a-f]{64}`/g) ?? []

  expect(numbers).toHaveLength(5)
  expect(numbers.filter((number) => !vectors.includes(number.slice(1, -1)))).toEqual([])
})

function namesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .sort()
}

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8")
}

type Example = { code: string; status: number; title: string; reasons?: { code: string }[] }

function exampleIn(page: string): Example {
  const [, json = "{}"] = /```json\n([^]*?)```/.exec(page) ?? []
  return JSON.parse(json) as Example
}

function exampleOf(readme: string): string | undefined {
  return /```ts\n([^]*?)```/.exec(read(readme))?.[1]
}

function deadLinksIn(document: string): string[] {
  const text = read(document).replaceAll(/```[^]*?```/g, "")
  const links = [
    ...text.matchAll(/\]\(([^)\s]+)\)/g),
    ...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g),
  ].map(([, link]) => link ?? "")

  return links
    .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link))
    .map((link) => `${document}: ${link}`)
}

function leadsSomewhere(document: string, link: string): boolean {
  const [target = "", heading] = link.split("#")
  const file = target === "" ? document : path.join(path.dirname(document), target)
  if (!existsSync(path.join(root, file))) return false

  return heading === undefined || headingsOf(file).includes(heading)
}

/** As GitHub names them. */
function headingsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  )
}
