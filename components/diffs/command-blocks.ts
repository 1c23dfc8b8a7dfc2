import type { PartDiff } from "@/lib/changes/change"
import type { Block } from "./block"
import { fact } from "./fact"

type Command = Extract<PartDiff, { type: "command" }>["preview"]

/** A command as it would run: its arguments as they are, and where and with what. */
export function commandBlocks({ argv, cwd, env, stdinDigest, image }: Command): Block[] {
  const count = argv.length === 1 ? "1 argument" : `${argv.length} arguments`

  return [
    { title: `${count}, one per line; no shell joins them`, lines: argv },
    {
      title: "Where and with what",
      fields: [
        fact("folder", cwd),
        fact("image", image, { note: "none: on the runner itself" }),
        stdinDigest === null
          ? fact("standard input", null, { note: "nothing" })
          : fact("standard input", `sha256 ${stdinDigest}`, { flags: ["cannot be inspected"] }),
      ],
    },
    {
      title: "Environment, values known by their digest only",
      fields: env.map(({ name, digest }) => fact(name, `sha256 ${digest}`)),
    },
  ]
}
