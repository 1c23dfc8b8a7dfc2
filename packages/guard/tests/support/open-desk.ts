import type { GuardOptions } from "@deltaseal/guard"
import { configDigest } from "@deltaseal/guard/config"
import { aDesk, deskTool, type Desk, type DeskKind } from "./desk.ts"
import { approve, startSmallServer } from "./small-server.ts"
import { aGuard, aWorkspace } from "./workspace.ts"

type Planned = Awaited<ReturnType<Desk["plan"]>>["parts"]

/** A desk over a folder of its own, guarded with a server that approves whatever is asked, and the outbox of what it did. */
export async function openDesk() {
  const server = await startSmallServer()
  server.state.definition = deskTool
  server.state.onPoll = approve
  const workspace = await aWorkspace()
  await workspace.write("replicas: 2\n", "app.yaml")
  const outbox: string[] = []
  const desk = aDesk(workspace.root, outbox)

  const handlersOf = (planned: Planned, more: Partial<Desk> = {}): Desk => ({
    observe: desk.observe,
    plan: () => ({ parts: planned }),
    apply: async (change) => {
      for (const part of change.parts) {
        await desk.applyOne(part)
        change.done(part)
      }
    },
    ...more,
  })
  const guardOf = (options: Partial<GuardOptions> = {}) =>
    aGuard(server, workspace, { configDigest, ...options })

  return {
    server,
    workspace,
    outbox,
    desk,
    handlersOf,
    guardOf,
    /** Calls the tool once, which plans these parts. */
    call: (planned: Planned, more: Partial<Desk> = {}, options: Partial<GuardOptions> = {}) =>
      guardOf(options).guard<object, DeskKind>(deskTool, handlersOf(planned, more))({}),
    close: async () => {
      await server.stop()
      await workspace.remove()
    },
  }
}

export type OpenDesk = Awaited<ReturnType<typeof openDesk>>
