import { expect, test } from "vitest"
import { readConfig, withPort } from "@/lib/env/config"

const secrets = {
  DELTASEAL_PERMIT_KEY: '{"kty":"OKP","crv":"Ed25519","x":"x","d":"d"}',
  DELTASEAL_KEY_PEPPER: Buffer.alloc(32, 1).toString("base64"),
  DELTASEAL_ENCRYPTION_KEY: Buffer.alloc(32, 2).toString("base64"),
  DELTASEAL_SESSION_SECRET: "s".repeat(32),
}
const database = "postgresql://deltaseal_app:x@db.example/deltaseal"

test("with nothing set it is the demo on loopback, named localhost", () => {
  expect(readConfig({}, "/srv")).toMatchObject({
    demo: true,
    host: "127.0.0.1",
    port: 3000,
    origin: "http://localhost:3000",
    hosts: ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"],
    dataDir: "/srv/.data",
    database: { kind: "embedded" },
  })
})

test.each([
  ["a database is given", { DATABASE_URL: database, ...secrets }],
  ["others can reach it", { HOST: "0.0.0.0", PUBLIC_URL: "https://deltaseal.example" }],
  ["it has a public name", { PUBLIC_URL: "https://deltaseal.example" }],
  ["the user asked for production", { NODE_ENV: "production" }],
])("it is not the demo when %s", (_, env) => {
  expect(readConfig(env, "/srv").demo).toBe(false)
})

test("with a public URL only its own host is answered", () => {
  expect(readConfig({ PUBLIC_URL: "https://deltaseal.example" }, "/srv")).toMatchObject({
    origin: "https://deltaseal.example",
    hosts: ["deltaseal.example"],
  })
})

test("owner and direct URL default to the first", () => {
  expect(readConfig({ DATABASE_URL: database, ...secrets }, "/srv").database).toEqual({
    kind: "url",
    appUrl: database,
    ownerUrl: database,
    directUrl: database,
  })
})

test.each([
  ["PORT must be a port number", { PORT: "http" }],
  ["PORT must be a port number", { PORT: "70000" }],
  ["DATABASE_URL must be a URL", { DATABASE_URL: "mysql://db.example/x" }],
  ["DATABASE_OWNER_URL has no meaning", { DATABASE_OWNER_URL: database }],
  ["PUBLIC_URL must be set", { HOST: "0.0.0.0" }],
  ["PUBLIC_URL must start with https", { PUBLIC_URL: "http://deltaseal.example" }],
  ["PUBLIC_URL must be only scheme", { PUBLIC_URL: "https://deltaseal.example/app" }],
  ["LOG_LEVEL must be one of", { LOG_LEVEL: "loud" }],
])("refuses: %s", (sentence, env) => {
  expect(() => readConfig(env, "/srv")).toThrow(sentence)
})

test("everything wrong is in one message", () => {
  expect(() => readConfig({ PORT: "x", LOG_LEVEL: "loud" }, "/srv")).toThrow(/PORT .*\n.*LOG_LEVEL /)
})

test("with a database of one's own, missing secrets are named with everything else", () => {
  expect(() => readConfig({ DATABASE_URL: database, PORT: "x" }, "/srv")).toThrow(
    /PORT .*\n.*PERMIT_KEY is missing/,
  )
})

test("a port chosen by the system takes the place of 0 everywhere", () => {
  expect(withPort(readConfig({ PORT: "0" }, "/srv"), 4711)).toMatchObject({
    port: 4711,
    origin: "http://localhost:4711",
    hosts: ["localhost:4711", "127.0.0.1:4711", "[::1]:4711"],
  })
})
