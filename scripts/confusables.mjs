// Writes lib/kernel/confusables-table.ts: the characters outside ASCII that Unicode's confusables.txt (UTS 39) takes for
// ASCII ones. Reads data.json of the npm package unhomoglyph, which is that file as JSON:
//   npm pack unhomoglyph && tar xzf unhomoglyph-*.tgz && node scripts/confusables.mjs package/data.json
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { root } from "./lib/run.mjs"

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error("Name the data.json to read.")

/** @type {Record<string, string>} */
const data = JSON.parse(readFileSync(file, "utf8"))

/** @type {Map<string, string[]>} */
const byTarget = new Map()
for (const source of Object.keys(data)) {
  const target = prototypeOf(source)
  const isSingle = Array.from(source).length === 1 && /[^ -~]/.test(source)
  if (isSingle && /^[0-9A-Za-z./:@_-]{1,2}$/.test(target))
    byTarget.set(target, [...(byTarget.get(target) ?? []), source])
}

/** Some prototypes have one themselves. @param {string} text @returns {string} */
function prototypeOf(text) {
  const mapped = Array.from(text.normalize("NFD"), (character) => data[character] ?? character).join("")
  return mapped === text ? text : prototypeOf(mapped)
}

const rows = [...byTarget]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([target, sources]) => `${target} ${sources.sort().map(escaped).join("")}`)

/** @param {string} character */
function escaped(character) {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

const text = `/**
 * Written by scripts/confusables.mjs from Unicode's confusables (UTS 39): on each line what can be typed, and behind the
 * space what looks like it.
 */
export const confusablesTable = \`
${rows.join("\n")}
\`
`
writeFileSync(path.join(root, "lib/kernel/confusables-table.ts"), text)
