/** Work that no caller waits for, whose failure must still be heard of. */
export type Background = Readonly<{
  add: (work: Promise<unknown>) => void
  settled: () => Promise<void>
}>

export function createBackground(warn: (message: string) => void): Background {
  const running = new Set<Promise<unknown>>()
  return {
    add: (work) => {
      const watched = work.catch((error: unknown) => {
        warn(error instanceof Error ? error.message : "Something failed in the background.")
      })
      running.add(watched)
      void watched.finally(() => running.delete(watched))
    },
    settled: async () => {
      await Promise.all(running)
    },
  }
}
