import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { SlowestFirst } from "./tests/support/slowest-first.ts"

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const alias = [
  { find: /^@deltaseal\/guard\/change$/, replacement: at("./packages/guard/src/change.ts") },
  { find: /^@deltaseal\/guard\/config$/, replacement: at("./packages/guard/src/config.ts") },
  { find: /^@deltaseal\/guard$/, replacement: at("./packages/guard/src/index.ts") },
  { find: /^@\//, replacement: at("./") },
]

/** What looks at one thing from many sides has time in `npm run test:long` only. */
const isLong = process.env["DELTASEAL_LONG_TESTS"] === "1"
const long = ["behind-pgbouncer", "external", "limits", "mounted"].map((name) => `tests/e2e/${name}.test.ts`)

export default defineConfig({
  resolve: { alias },
  test: {
    sequence: { sequencer: SlowestFirst },
    // The modules of a worker are read once, not again for each file: nothing a test leaves behind may matter to the next.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["tests/{unit,conformance,architecture}/**/*.test.ts", "packages/*/tests/**/*.test.ts"],
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          globalSetup: ["tests/support/postgres.setup.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          // Projects of different widths run one after the other.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          globalSetup: ["tests/support/shared-postgres.setup.ts"],
          exclude: isLong ? [] : long,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each has servers and data of its own; much of the time goes by waiting for them to start.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
