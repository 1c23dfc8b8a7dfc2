type Handlers = Readonly<Record<string, (...given: never[]) => Promise<object>>>

export type TrackedCalls<Tools> = Readonly<{
  tools: Tools
  /** Resolves when no call is running. */
  settled: () => Promise<void>
}>

/** Knows which calls are running, so that a server that is told to stop does not leave in the middle of a write. */
export function trackCalls<Tools extends Handlers>(handlers: Tools): TrackedCalls<Tools> {
  const running = new Set<Promise<object>>()
  const tracked = Object.entries(handlers).map(([name, handler]) => {
    const call = async (...given: never[]) => {
      const answer = handler(...given)
      running.add(answer)
      return await answer.finally(() => running.delete(answer))
    }
    return [name, call]
  })

  return {
    // The entries are those of `handlers`, under the same names.
    tools: Object.fromEntries(tracked) as Tools,
    settled: async () => {
      await Promise.allSettled(running)
    },
  }
}
