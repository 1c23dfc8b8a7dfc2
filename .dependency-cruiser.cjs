// Who may import what: docs/ARCHITECTURE.md, as errors.

const concepts = "^lib/(?!db/|env/|errors/|http/|jobs/|kernel/|observability/|operations/|process/)[^/]+/"
const repos = "\\.repo\\.ts$"
const queries = "\\.queries\\.ts$"
const services = "\\.service\\.ts$"
const schemas = "\\.schema\\.ts$"
const routes = "\\.routes\\.ts$"
const generated = "^prisma/generated/"
const guardChange = "^packages/guard/src/"

/** Files of a concept that have no layer in their name, and still touch the world or a package. */
const impure = [
  "^lib/calls/recipient-mac\\.ts$",
  "^lib/changes/(content-seal|diff-pool|diff-worker|shared-diff-pool)\\.ts$",
  "^lib/keys/credential\\.ts$",
  "^lib/members/(link-token|passwords)\\.ts$",
  "^lib/notifications/notifier\\.ts$",
  "^lib/permits/permit\\.ts$",
  "^lib/policies/(condition|condition-functions|condition-steps|policy-text|policy-yaml|subcommand)\\.ts$",
  "^lib/simulations/turns\\.ts$",
  "^lib/tools/input-schema\\.ts$",
]

/** The rest: values in, values out. */
const pure = ["^lib/(errors|kernel|access)/", `${concepts}[^.]+\\.ts$`]

/** @returns {{ name: string, comment: string, severity: "error", from: object, to: object }} */
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to })

module.exports = {
  forbidden: [
    forbid("no-cycles", "Split by meaning instead.", {}, { circular: true }),
    forbid("no-unresolved", "The import leads nowhere.", {}, { couldNotResolve: true }),
    forbid(
      "no-barrels",
      "Import the file that has it; the guard's public face is the only index.",
      { pathNot: guardChange },
      { path: "(^|/)index\\.tsx?$", pathNot: ["node_modules", guardChange, generated] },
    ),
    forbid(
      "pure-imports-no-packages",
      "Pure files import pure files and the guard's canonical form: no packages, no Node built-ins.",
      { path: pure, pathNot: ["^lib/auth/", "\\.schema\\.ts$", ...impure] },
      { dependencyTypes: ["npm", "npm-dev", "core", "npm-no-pkg", "npm-unknown"] },
    ),
    forbid(
      "pure-imports-only-pure",
      "A pure file takes state as an argument; it does not load it.",
      { path: pure, pathNot: ["^lib/auth/", ...impure] },
      {
        path: [
          repos,
          queries,
          services,
          routes,
          "^lib/(db|env|http|jobs|auth|observability)/",
          generated,
          "^(app|components)/",
        ],
        dependencyTypesNot: ["type-only"],
      },
    ),
    forbid(
      "schemas-import-pure-and-zod",
      "The wire is described, not served.",
      { path: schemas },
      { path: [services, repos, queries, routes, "^lib/(db|http|auth)/"], dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "repos-stay-low",
      "A repo speaks to the database about its own concept.",
      { path: repos },
      { path: [services, routes, "^lib/(http|auth)/", "(^|/)node_modules/next/", "(^|/)node_modules/hono/"] },
    ),
    forbid(
      "repos-own-concept-only",
      "Another concept's tables belong to its repo.",
      { path: `^lib/([^/]+)/.+(\\.repo|\\.queries)\\.ts$` },
      { path: repos, pathNot: "^lib/$1/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "services-know-no-door",
      "Services return values; doors make answers of them.",
      { path: services },
      { path: [routes, "^lib/(http|auth)/", "(^|/)node_modules/(next|hono)/"] },
    ),
    forbid(
      "services-use-own-repo",
      "Ask the other concept's service.",
      { path: "^lib/([^/]+)/.+\\.service\\.ts$" },
      { path: repos, pathNot: ["^lib/$1/", "^lib/operations/"], dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "routes-call-services",
      "A route is a contract and a call.",
      { path: routes },
      { path: [repos, "^lib/db/", generated], dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "components-render",
      "Components take views as props.",
      { path: "^components/" },
      {
        path: [services, repos, queries, routes, schemas, "^lib/(db|auth|env|http|operations)/", generated],
        dependencyTypesNot: ["type-only"],
      },
    ),
    forbid(
      "app-is-a-door",
      "Pages load through a query and render.",
      { path: "^app/" },
      { path: [repos, "^lib/db/", generated, "(^|/)node_modules/(pg|@prisma)/"] },
    ),
    forbid(
      "unscoped-client-stays-in-db",
      "Outside lib/db every query runs in a bound transaction.",
      { pathNot: "^lib/db/" },
      { path: ["^lib/db/prisma\\.ts$", "^prisma/generated/client\\.ts$"], dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "guard-stands-alone",
      "The guard is published; nothing of ours comes along.",
      { path: "^packages/guard/src/" },
      { dependencyTypes: ["local", "aliased", "aliased-tsconfig"], pathNot: "^packages/guard/src/" },
    ),
    forbid(
      "guard-declares-what-it-uses",
      "Dependencies of the guard are in its own package.json.",
      { path: "^packages/guard/src/" },
      { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    ),
    forbid(
      "examples-use-the-published-guard",
      "An example may import what its reader can; the demo starts a database for the CRM as the server does.",
      { path: "^examples/", pathNot: "^examples/demo/crm-database\\.ts$" },
      { path: "^(app|components|lib|prisma)/" },
    ),
  ],
  options: {
    doNotFollow: { path: ["node_modules", "prisma/generated"] },
    exclude: {
      path: [
        "^\\.next/",
        "^dist/",
        "^\\.build/",
        "^\\.data/",
        "^packages/guard/dist/",
        "^tests/",
        "^packages/guard/tests/",
      ],
    },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
}
