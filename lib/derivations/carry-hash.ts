import { canonicalize, sha256Hex, type Envelope } from "@deltaseal/guard/change"

/** What a change is but for its run: the same change in two runs has two hashes, and one of these. */
export function carryHash({ runId: _run, ...rest }: Envelope): string {
  return sha256Hex(`deltaseal/carry/v1\0${canonicalize(rest)}`)
}
