import { onChange, type ChangeNotice } from "./notifier"

/** Happens at the next change that this is about, after a while, or when the waiting ends; `cancel` ends it now. */
export type Wake = Readonly<{ happened: Promise<void>; cancel: () => void }>

/** Made before anything is read, so that a change between the reading and the waiting still wakes us. */
export function nextWake(
  isAbout: (notice: ChangeNotice) => boolean,
  afterMs: number,
  signal: AbortSignal,
): Wake {
  let cancel: () => void = () => undefined
  const happened = new Promise<void>((resolve) => {
    const timer = setTimeout(end, afterMs)
    const stop = onChange((notice) => {
      if (isAbout(notice)) end()
    })
    signal.addEventListener("abort", end, { once: true })
    cancel = end

    function end(): void {
      clearTimeout(timer)
      stop()
      signal.removeEventListener("abort", end)
      resolve()
    }
  })

  return { happened, cancel: () => cancel() }
}
