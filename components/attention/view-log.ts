export type Viewed = Readonly<{ approvalId: string; changeHash: string }>

/** What of a change was on screen so far. */
export type ShownHunks = Readonly<{ hunksShown: number; hunksTotal: number }>

/** Follows how long a page shows a change, and tells the server what it has shown of it. */
export type ViewLog = Readonly<{
  note: (shown: ShownHunks) => void
  /** Tells the server, unless it knows; never throws, holds nothing up. */
  send: () => Promise<void>
  /** Begins to count; answers how to stop, which tells the server once more. */
  start: () => () => void
}>

const open = new Set<ViewLog>()

/** Tells the server of everything that this page shows, as a decision is about to rest on it. */
export async function reportViews(): Promise<void> {
  await Promise.all([...open].map(({ send }) => send()))
}

/** Times are the page's own, in milliseconds; what this window has counted before is added to. */
export function createViewLog(viewed: Viewed): ViewLog {
  const clock = visibleClock(`deltaseal-view:${viewed.approvalId}:${viewed.changeHash}`)
  let shown: ShownHunks = { hunksShown: 0, hunksTotal: 0 }
  let told = ""
  let telling = Promise.resolve()
  const tell = async (news: string, visibleMs: number) => {
    const { approvalId, changeHash } = viewed
    const isKnown = await post(approvalId, { changeHash, visibleMs, ...shown, isComplete: isComplete(shown) })
    if (!isKnown && told === news) told = ""
  }
  const send = async () => {
    const visibleMs = clock.read()
    const news = JSON.stringify({ ...shown, seconds: Math.floor(visibleMs / 1_000) })
    if (shown.hunksTotal > 0 && news !== told) {
      told = news
      telling = tell(news, visibleMs)
    }
    // Whoever waits for the server to know waits for what is under way, too.
    await telling
  }

  const log: ViewLog = {
    note: (next) => {
      const wasComplete = isComplete(shown)
      shown = next
      if (isComplete(next) && !wasComplete) void send()
    },
    send,
    start: () => {
      open.add(log)
      const stopClock = clock.start()
      const stopper = new AbortController()
      addEventListener("pagehide", () => void send(), { signal: stopper.signal })
      const soon = setTimeout(() => void csrfToken(), 1_500)
      return () => {
        clearTimeout(soon)
        stopper.abort()
        stopClock()
        open.delete(log)
        void send()
      }
    },
  }
  return log
}

function isComplete({ hunksShown, hunksTotal }: ShownHunks): boolean {
  return hunksTotal > 0 && hunksShown === hunksTotal
}

/** Counts while the page is visible. `key`: under which this window keeps the count. */
function visibleClock(key: string) {
  let counted = Number(sessionStorage.getItem(key) ?? 0)
  let since: number | null = null
  const turn = (isOn: boolean) => {
    if (since !== null) counted += performance.now() - since
    since = isOn ? performance.now() : null
    sessionStorage.setItem(key, String(Math.round(counted)))
  }

  return {
    read: () => Math.round(counted + (since === null ? 0 : performance.now() - since)),
    start: () => {
      const look = () => turn(document.visibilityState === "visible")
      look()
      document.addEventListener("visibilitychange", look)
      return () => {
        document.removeEventListener("visibilitychange", look)
        turn(false)
      }
    },
  }
}

let token: string | null = null

/** Kept, because a page that is about to go can ask for nothing first. */
async function csrfToken(): Promise<string | null> {
  if (token !== null) return token
  const session = await fetch("/api/v1/session", { cache: "no-store" }).catch(() => null)
  if (session?.ok === true) ({ csrfToken: token } = (await session.json()) as { csrfToken: string })

  return token
}

/** Answers whether the server has it. It may arrive after the page is gone. */
async function post(approvalId: string, body: object): Promise<boolean> {
  const csrf = token ?? (await csrfToken())
  if (csrf === null) return false
  const answer = await fetch(`/api/v1/approvals/${approvalId}/views`, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  }).catch(() => null)
  if (answer?.ok !== true) token = null

  return answer?.ok === true
}
