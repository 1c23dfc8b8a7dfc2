import { newSetupLink } from "@/lib/members/setup.service"
import { sentenceOf } from "./sentence"
import { openServing } from "./serving"
import { setupWords } from "./welcome"

/** `npm run setup-link`: a fresh link for the first owner of a running installation. */
try {
  const close = await openServing()
  const link = await newSetupLink()
  await close()

  process.stdout.write(
    link === null
      ? "\n  Somebody is a member already; an owner or admin invites the others.\n\n"
      : setupWords(link),
  )
  process.exitCode = link === null ? 1 : 0
} catch (error) {
  process.stderr.write(`\n  ${sentenceOf(error)}\n\n`)
  process.exitCode = 1
}
