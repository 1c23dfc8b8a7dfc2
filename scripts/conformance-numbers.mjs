// `npm run conformance:numbers [count | file]`: that numbers are written as RFC 8785 asks.
//
// Without a file: 10 million doubles from a chain of SHA-256, each checked for what makes a spelling the right one, apart
// from the platform's own way to write it. With a file: the test data of the RFC's author (es6testfile100m.txt), each line
// `<IEEE 754 bits in hex>,<expected>`.
import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import { createReadStream, existsSync } from "node:fs"
import path from "node:path"
import { createInterface } from "node:readline"
import { build } from "esbuild"
import { root } from "./lib/run.mjs"

/** How ECMAScript writes a number that is not zero. */
const form = /^-?(?:0\.\d*[1-9]|[1-9]\d*(?:\.\d*[1-9])?|[1-9](?:\.\d*[1-9])?e[+-][1-9]\d*)$/

const { canonicalize, parseStrictJson } = await guard()
const [given = "10000000"] = process.argv.slice(2)
const { checked, wrong } = existsSync(given) ? await checkFile(given) : checkChain(Number(given))

console.log(`${checked.toLocaleString("en-US")} numbers checked, ${wrong.length} wrong`)
for (const line of wrong.slice(0, 20)) console.error(line)
if (wrong.length > 0 || checked === 0) process.exitCode = 1

/** The guard as it stands in the sources, whether or not it was built. */
async function guard() {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, "packages/guard/src/change.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  return await import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}`)
}

/** @param {string} file */
async function checkFile(file) {
  const wrong = []
  let checked = 0
  const bits = new DataView(new ArrayBuffer(8))
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [hex = "", expected = ""] = line.split(",")
    bits.setBigUint64(0, BigInt(`0x${hex}`))
    checked++
    if (canonicalize(bits.getFloat64(0)) !== expected) wrong.push(line)
  }
  return { checked, wrong }
}

/** @param {number} count */
function checkChain(count) {
  const wrong = []
  let checked = 0
  let block = Buffer.alloc(32)
  while (checked < count) {
    block = createHash("sha256").update(block).digest()
    for (let at = 0; at < block.length && checked < count; at += 8) {
      const value = valueIn(block, at, checked)
      if (!Number.isFinite(value)) continue
      checked++
      const fault = faultOf(value, canonicalize(value))
      if (fault !== undefined) wrong.push(`${canonicalize(value)}: ${fault}`)
    }
  }
  return { checked, wrong }
}

/** Most random bits are far from 1; every second value is near it, where people's numbers are. @param {Buffer} block */
function valueIn(block, /** @type {number} */ at, /** @type {number} */ index) {
  const value = block.readDoubleLE(at)
  if (index % 2 === 0) return value
  return block.readInt32LE(at) / 10 ** (block.readUInt8(at + 7) % 12)
}

/** What is wrong with a spelling; nothing, if it is the one. @param {number} value @param {string} text */
function faultOf(value, text) {
  if (Number(text) !== value) return "reads back as another number"
  if (value !== 0 && !form.test(text)) return "has not the form that ECMAScript writes"
  if (parseStrictJson(Buffer.from(text)) !== value) return "is not what the strict parser reads"

  const [mantissa = "", exponent = "0"] = text.replace(/^-/, "").split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const digits = `${whole}${fraction}`.replace(/^0+/, "").replace(/0+$/, "")
  if (digits.length > 1 && Number(value.toExponential(digits.length - 2)) === value) return "could be shorter"
  const scale = whole.replace(/^0+/, "") === "" ? -/^0*/.exec(fraction)[0].length : whole.length
  const point = scale + Number(exponent)
  if (value !== 0 && text.includes("e") !== (point > 21 || point < -5))
    return "has its exponent where it should not"
  return undefined
}
