import type { ToolContext } from "./tool-result.ts"

/**
 * Runs some work and, where the caller asked for progress, says every few
 * seconds that it is still waited for: clients give up on silent calls.
 */
export async function withProgress<Value>(
  context: ToolContext | undefined,
  message: string,
  work: () => Promise<Value>,
): Promise<Value> {
  const request = context?.mcpReq
  const token = request?._meta?.progressToken
  const notify = request?.notify
  if (token === undefined || notify === undefined) return await work()

  let progress = 0
  const tell = () => {
    const params = { progressToken: token, progress: ++progress, message }
    // A client that no longer listens is no reason to stop waiting for the decision.
    void notify({ method: "notifications/progress", params }).catch(() => undefined)
  }

  tell()
  const timer = setInterval(tell, intervalMilliseconds)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

const intervalMilliseconds = 3000
