import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { expect, test } from "vitest"
import { createLogger } from "@/lib/observability/logger"

test("secrets do not reach the log, wherever in a record they sit", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "deltaseal-log-"))
  const file = path.join(directory, "logs", "server.log")
  const logger = createLogger({ level: "info", file })

  logger.info({ password: "canary-1", apiKey: "canary-2" }, "top")
  logger.info({ body: { password: "canary-3" }, "set-cookie": ["canary-4"] }, "nested")
  logger.info(
    { req: { headers: { authorization: "canary-5", cookie: "canary-6", accept: "*/*" } } },
    "headers",
  )
  logger.error({
    err: Object.assign(new Error("broke"), { client: { password: "canary-7", host: "canary-8" } }),
  })
  await new Promise((done) => {
    logger.flush(done)
  })

  const text = await readFile(file, "utf8")
  expect(text).toContain("*/*")
  expect(text).toContain("broke")
  expect(text).not.toContain("canary")
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await rm(directory, { recursive: true })
})
