/**
 * Progress for people: one line per finished step, with its time at the end.
 * On a terminal the line is there while the step runs; in a log only once.
 *
 * @template T
 * @param {string} label what is being done, in a few words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const begun = Date.now()
  const live = process.stdout.isTTY
  if (live) process.stdout.write(`  ${label} …`)

  try {
    const result = await work()
    const seconds = ((Date.now() - begun) / 1000).toFixed(1).padStart(6)
    process.stdout.write(`${live ? "\r" : ""}  ${label.padEnd(32)}${seconds} s\n`)
    return result
  } catch (error) {
    if (live) process.stdout.write("\n")
    throw error
  }
}

/** @param {string} [text] */
export function say(text = "") {
  process.stdout.write(`${text === "" ? "" : `  ${text}`}\n`)
}
