import { createHash } from "node:crypto"
import type { EndpointSpec } from "./endpoint"
import type { OpenApiDocument } from "./openapi"

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 13px/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid #8884; border-radius: 6px; }
h2 { margin-top: 2.5rem; font-size: 1rem; }
summary { cursor: pointer; }
`

const styleHash = createHash("sha256").update(style).digest("base64")

const callers: Readonly<Record<EndpointSpec["caller"], string>> = {
  session: "a signed-in person",
  key: "an API key",
  credential: "an API key",
  actor: "an API key or a signed-in person",
  either: "an API key or a signed-in person",
  visitor: "whoever has the link",
}

/** The REST API to read, made from its own description: no script, nothing from elsewhere. */
export function docsPage(specs: readonly EndpointSpec[], document: OpenApiDocument): Response {
  const sections = specs.map((spec) => section(spec, document.paths[spec.path]?.[spec.method] ?? {}))
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deltaseal REST API</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Deltaseal REST API</h1>
<p>Every path starts with <code>/api/v1</code>. Bodies are strict JSON. Refusals are problem documents
(RFC 9457); each <code>type</code> links to a page about its code. The same as
<a href="/api/v1/openapi.json">OpenAPI 3.1</a>.</p>
${sections.join("\n")}
</main>
</body>
</html>
`

  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "x-content-type-options": "nosniff",
    },
  })
}

function section(spec: EndpointSpec, operation: Readonly<Record<string, unknown>>): string {
  return `<section>
<h2><code>${spec.method.toUpperCase()} ${escape(spec.path)}</code></h2>
<p>${escape(spec.summary)}. Asked by ${callers[spec.caller]}.</p>
${details("Parameters", operation["parameters"])}
${details("Body", operation["requestBody"])}
${details("Answers", operation["responses"])}
</section>`
}

function details(title: string, value: unknown): string {
  if (value === undefined) return ""

  return `<details><summary>${title}</summary><pre>${escape(JSON.stringify(value, null, 2))}</pre></details>`
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
}
