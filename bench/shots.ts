import { randomBytes, randomUUID } from "node:crypto"
import { canonicalize, fileState, type JsonValue } from "@deltaseal/guard/change"
import type { Shot } from "./load"

/** A realistic small write: a 40-line page of which two lines change. */
const lines = Array.from({ length: 40 }, (_, index) => `Line ${index + 1}: prices are per month.`)
const before = `${lines.join("\n")}\n`
const after = before
  .replace("Line 12: prices", "Line 12: all prices")
  .replace("Line 30: prices", "Line 30: our prices")

const path = "docs/pricing.md"

/** The state a guard would observe before it spends. */
export const observed = fileState({ text: before })

export function createShot(headers: Record<string, string>, runId: string): Shot {
  return writeShot(headers, runId, { before, after })
}

/** Lines of 20 kinds in no order, twice: no diff of so many lines takes longer. */
export function quadraticShot(headers: Record<string, string>, runId: string): Shot {
  let state = 1
  const lines = () =>
    Array.from({ length: 20_000 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return `${Math.floor((state / 2 ** 32) * 20)}\n`
    }).join("")

  return writeShot(headers, runId, { before: lines(), after: lines() })
}

function writeShot(
  headers: Record<string, string>,
  runId: string,
  { before, after }: Readonly<{ before: string; after: string }>,
): Shot {
  const body: JsonValue = {
    runId,
    tool: { server: "workspace", name: "write_file", version: "1.4.0" },
    input: { path, content: after.slice(0, 10_000) },
    change: {
      parts: [
        {
          kind: "file",
          target: { workspace: "main", path },
          before: { text: before },
          after: { text: after },
        },
      ],
    },
  }

  return asNewCall({ method: "POST", path: "/api/v1/tool-calls", headers, body: canonicalize(body) })
}

/** The same call another time: with the key of an earlier one it would only be answered again. */
export function asNewCall(shot: Shot): Shot {
  return { ...shot, headers: { ...shot.headers, "idempotency-key": randomUUID() } }
}

export type Pending = Readonly<{ approvalId: string; changeHash: string; runId: string }>

export function pollShot(headers: Record<string, string>, { approvalId }: Pending): Shot {
  return { method: "GET", path: `/api/v1/approvals/${approvalId}`, headers }
}

export function consumeShot(headers: Record<string, string>, pending: Pending): Shot {
  const { approvalId, changeHash, runId } = pending
  const nonce = randomBytes(32).toString("hex")
  const body = JSON.stringify({ runId, changeHash, nonce, observed: [observed] })

  return { method: "POST", path: `/api/v1/approvals/${approvalId}/consume`, headers, body }
}

export function floorShot(name: string): Shot {
  return { method: "POST", path: `/${name}`, headers: { "content-type": "application/json" }, body: "{}" }
}
