const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

// Imported first by every script: an older Node would fail later, and say less.
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`\n  Deltaseal needs Node.js 20.19 or newer; this is ${process.versions.node}.\n\n`)
  process.exit(1)
}
