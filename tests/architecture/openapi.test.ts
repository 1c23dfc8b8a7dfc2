import { readFile, writeFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { endpoints } from "@/lib/http/endpoints"
import { openApiDocument } from "@/lib/http/openapi"

const file = "docs/openapi.json"

/** `UPDATE_OPENAPI=1 npx vitest run tests/architecture/openapi.test.ts` writes it anew. */
test("the committed OpenAPI document is what runs", async () => {
  const current = `${JSON.stringify(openApiDocument(endpoints.map(({ spec }) => spec)), null, 2)}\n`
  if (process.env["UPDATE_OPENAPI"] === "1") await writeFile(file, current)

  expect(await readFile(file, "utf8")).toBe(current)
})

test("every operation has an id of its own and names who may call it", () => {
  const { paths } = openApiDocument(endpoints.map(({ spec }) => spec))
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  const ids = operations.map(({ operationId }) => operationId)

  expect(new Set(ids).size).toBe(ids.length)
  expect(operations.every(({ security }) => Array.isArray(security) && security.length > 0)).toBe(true)
})
