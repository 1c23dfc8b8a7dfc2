import { once } from "node:events"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Config } from "@/lib/env/config"
import { StartupError } from "@/lib/errors/startup-error"

/**
 * Takes the port before anything else is touched, so that a port in use leaves nothing half done.
 *
 * @returns the port, chosen by the system when the configuration says 0
 * @throws StartupError in one sentence
 */
export async function listen(server: Server, { host, port }: Pick<Config, "host" | "port">): Promise<number> {
  // Longer than a balancer's idle time-out, so that it never reuses a connection we just closed.
  server.keepAliveTimeout = 65_000
  try {
    server.listen(port, host)
    await once(server, "listening")
  } catch (cause) {
    throw explain(cause as NodeJS.ErrnoException, host, port)
  }
  return (server.address() as AddressInfo).port
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} is in use; stop what uses it (another Deltaseal?) or choose another: PORT=${port + 1} npm start.`,
    EACCES: `Port ${port} needs more rights than this user has; choose one above 1023: PORT=3000 npm start.`,
    EADDRNOTAVAIL: `This machine has no address ${host}; check HOST.`,
    ENOTFOUND: `The name ${host} is not known; check HOST.`,
  }
  const sentence = sentences[error.code ?? ""]
  return sentence === undefined ? error : new StartupError(sentence, { cause: error })
}
