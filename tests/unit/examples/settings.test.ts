import { expect, test } from "vitest"
import { readSettings } from "@/examples/workspace-server/settings"

const env = { DELTASEAL_API_KEY: "dsl_live_x", DELTASEAL_WORKSPACE: "/srv/site" }

test("a key and a folder are enough", () => {
  expect(readSettings(env)).toMatchObject({
    url: "http://localhost:3000",
    workspace: "main",
    run: { environment: "dev", workflow: "workspace", actor: { agent: "agent" } },
    waitSeconds: 3600,
    mayRace: false,
  })
})

test("a run that is open is joined, whatever else is said of runs", () => {
  const settings = readSettings({ ...env, DELTASEAL_RUN_ID: "run_1", DELTASEAL_WORKFLOW: "other" })

  expect(settings.run).toEqual({ runId: "run_1" })
})

test("everything that is wrong is named at once, and the key is not repeated", () => {
  const wrong = {
    ...env,
    DELTASEAL_WORKSPACE: "",
    DELTASEAL_ENVIRONMENT: "live",
    DELTASEAL_WAIT_SECONDS: "soon",
  }

  expect(() => readSettings(wrong)).toThrow(
    /WORKSPACE is empty.*ENVIRONMENT is not dev.*WAIT_SECONDS is not a number/,
  )
  expect(() => readSettings(wrong)).not.toThrow("dsl_live_x")
})

test("two folders never share what is left to be finished", () => {
  const directories = ["/srv/site", "/srv/other", "/srv/site/"].map(
    (folder) => readSettings({ ...env, DELTASEAL_WORKSPACE: folder }).stateDirectory,
  )

  expect(directories[0]).toBe(directories[2])
  expect(directories[0]).not.toBe(directories[1])
})
