import { Agent, request } from "node:http"

/** One request of a measurement; `body` is JSON text. */
export type Shot = Readonly<{
  method: "GET" | "POST"
  path: string
  headers: Record<string, string>
  body?: string
}>

export const connections = 16

/**
 * Sends these requests over 16 kept-alive connections and answers how many a
 * second came back. Every one must have the expected status: a fast refusal is
 * no throughput.
 */
export async function throughput(origin: string, shots: readonly Shot[], status: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(origin)
  let next = 0
  const started = performance.now()
  const worker = async () => {
    for (let shot = shots[next++]; shot !== undefined; shot = shots[next++]) {
      const answer = await send({ agent, hostname, port }, shot)
      if (answer.status !== status)
        throw new Error(`${shot.method} ${shot.path}: ${answer.status} ${answer.text}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - started) / 1000
  agent.destroy()

  return shots.length / seconds
}

type Target = Readonly<{ agent: Agent; hostname: string; port: string }>

export function send(target: Target, shot: Shot): Promise<{ status: number; text: string }> {
  const { method, path, headers, body } = shot
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") })
      })
      response.once("error", reject)
    })
    sent.once("error", reject)
    sent.end(body)
  })
}
