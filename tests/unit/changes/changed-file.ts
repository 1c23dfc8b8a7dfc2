import { createHash } from "node:crypto"
import fc from "fast-check"
import type { FileDiffTask, FileSide } from "@/lib/changes/file-diff"

/** Lines that other tools could take for something else, and line ends of every kind. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "alpha", "beta", "gamma", "}", "  return 1", "\tindented") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "\\ No newline at end of file",
      "--- a/x",
      "+++ b/x",
      "@@ -1 +1 @@",
      "diff --git a/x b/x",
      "-",
      "+",
      " ",
      "form\ffeed",
      "lone\rcarriage\rreturn",
      "\ufeffbyte order mark",
      "naïve 🦊 日本語 \u202eright to left",
      "x".repeat(20_000),
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }).map(withoutNulAndNewline) },
)

const lineEnd = fc.oneof(
  { weight: 8, arbitrary: fc.constant("\n") },
  { weight: 2, arbitrary: fc.constant("\r\n") },
)

const lines = fc.array(
  fc.tuple(line, lineEnd).map((pair) => pair.join("")),
  { maxLength: 40 },
)

/** Text that ends in a newline or not, and is often empty. */
const text = fc.tuple(lines, fc.oneof(fc.constant(""), line)).map(([all, rest]) => all.join("") + rest)

/** The kind of update that agents make: most lines stay. */
const edited = fc
  .tuple(lines, fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2), lines), { maxLength: 4 }), fc.boolean())
  .map(([before, edits, isTerminated]) => {
    const after = [...before]
    for (const [at, removed, added] of edits)
      after.splice(at % (after.length + 1), removed, ...added.slice(0, 3))
    return [before.join(""), isTerminated ? after.join("") : after.join("").replace(/\n$/, "")] as const
  })

type Contents = readonly [string | null, string | null]

const contents: fc.Arbitrary<Contents> = fc.oneof(
  { weight: 6, arbitrary: edited },
  { weight: 2, arbitrary: fc.tuple(text, text) },
  { weight: 2, arbitrary: fc.tuple(fc.constant(null), text) },
  { weight: 2, arbitrary: fc.tuple(text, fc.constant(null)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Contents[]>([null, ""], ["", null], ["", "x\n"], ["x\n", ""], ["x", "x\n"]),
  },
)

const mode = fc.constantFrom("100644" as const, "100755" as const)
const name = fc.constantFrom(
  "plain.md",
  "with space.txt",
  "two  spaces in.txt",
  'quo"te.txt',
  "ünïcode-日本.txt",
  "tab\there.txt",
  "back\\slash.txt",
  "bell\u0007del\u007f.txt",
  "ends with b/plain.md",
  "a b/c d.txt",
  "-dash.txt",
)

export type ChangedFile = Omit<FileDiffTask, "workMax" | "isWhole">

const changedFile = fc
  .tuple(contents, mode, mode, name)
  .map(([[before, after], beforeMode, afterMode, path]): ChangedFile => {
    return { path, before: textSide(before, beforeMode), after: textSide(after, afterMode) }
  })
  .filter(({ before, after }) => before?.digest !== after?.digest || before?.mode !== after?.mode)

/** The same files every time, each in a folder of its own. */
export function changedFiles(count: number, seed: number): ChangedFile[] {
  return fc
    .sample(changedFile, { numRuns: count, seed })
    .map((file, at) => ({ ...file, path: `${at}/${file.path}` }))
}

export function textSide(text: string | null, mode: FileSide["mode"] = "100644"): FileSide | null {
  return text === null ? null : bytesSide(Buffer.from(text, "utf8"), mode)
}

export function bytesSide(bytes: Uint8Array, mode: FileSide["mode"] = "100644"): FileSide {
  return { bytes: Uint8Array.from(bytes), mode, digest: createHash("sha256").update(bytes).digest("hex") }
}

function withoutNulAndNewline(value: string): string {
  return value.replace(/[\0\n\p{Cs}]/gu, "")
}

/** Lines of so few kinds, in no order, that two such texts have nothing to hold on to: work grows with its square. */
export function unorderedLines(count: number, kinds: number, seed: number): string {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return `${Math.floor((state / 2 ** 32) * kinds)}\n`
  }).join("")
}
