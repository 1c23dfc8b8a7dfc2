import {
  canonicalize,
  sha256Hex,
  toolHash,
  type JsonValue,
  type ToolDefinition,
} from "@deltaseal/guard/change"
import type { Scope } from "@/lib/access/permissions"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { appendLeaf } from "@/lib/audit/audit.repo"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { printKey } from "@/lib/keys/api-key"
import { macOf, newPrintedKey } from "@/lib/keys/credential"
import { insertKey } from "@/lib/keys/keys.repo"
import { newId } from "@/lib/operations/new-id"
import { insertPolicy } from "@/lib/policies/policies.repo"
import { requireDocument } from "@/lib/policies/policy-draft.service"
import { builtInVersion, policyBytes } from "@/lib/policies/stored-policy.service"
import { insertTenant } from "@/lib/tenants/tenants.repo"
import { environments, tiers } from "@/lib/tools/tool"
import { insertAcceptedTool, insertAllowance } from "@/lib/tools/tools.repo"

export type TenantSeed = Readonly<{
  agencyId: string
  name: string
  ownerId: string
  scopes: readonly Scope[]
  /** Whose tools the client has. */
  servers: readonly ExampleServer[]
  /** Its first policy; null for none. */
  policy: string | null
}>

/** How long a seeded key lives (SPEC 6). */
const keyDays = 90

const seeder = { kind: "system", id: "seed" } as const

/** One client with its key and the example tools, allowed everywhere; every write has its leaf. */
export async function seedTenant(
  seed: TenantSeed,
): Promise<{ tenantId: string; name: string; apiKey: string }> {
  const tenantId = newId("tenant")
  const apiKey = await inTenant(tenantId, async (db) => {
    await insertTenant(db, seed)
    await record(db, {
      type: "tenant.created",
      subject: { kind: "tenant", id: tenantId },
      secret: { name: seed.name },
    })
    for (const server of seed.servers) await seedTools(db, server, seed.ownerId)
    if (seed.policy !== null) await seedPolicy(db, seed.policy, seed.ownerId)

    return seedKey(db, seed)
  })

  return { tenantId, name: seed.name, apiKey }
}

async function seedKey(db: TenantDb, { name, ownerId, scopes }: TenantSeed): Promise<string> {
  const key = newPrintedKey("live")
  const keyId = newId("key")
  await insertKey(db, {
    keyId,
    publicId: key.publicId,
    name: `${name} agents`,
    mode: key.mode,
    secretMac: macOf(key),
    environments,
    scopes,
    ownerId,
    createdById: ownerId,
    expiresAt: new Date(Date.now() + keyDays * 24 * 60 * 60 * 1000),
  })
  await record(db, { type: "key.created", subject: { kind: "key", id: keyId }, plain: { ownerId } })

  return printKey(key)
}

async function seedPolicy(db: TenantDb, text: string, authorId: string): Promise<void> {
  const document = policyBytes(requireDocument(text))
  const origin = { authorId, approvedById: null, basedOn: builtInVersion, restores: null, rolloutId: null }
  const stored = { document, text, digest: sha256Hex(document), note: "As the demo begins" }
  const version = await insertPolicy(db, { ...stored, ...origin })
  await record(db, {
    type: "policy.published",
    subject: { kind: "tenant", id: db.tenantId },
    plain: { version, basedOn: builtInVersion, authorId },
    secret: { digest: stored.digest, text: sha256Hex(text), note: stored.note },
  })
}

/** What an example tool may change of a record; the others change none. */
const patchPaths: Readonly<Record<string, readonly string[]>> = {
  "crm.apply_patch": ["/lifecycleStage", "/owner", "/notes"],
}

type ExampleServer = Readonly<{
  server: string
  version: string
  tools: readonly Readonly<{ tier: string; definition: object }>[]
}>

async function seedTools(
  db: TenantDb,
  { server, version, tools }: ExampleServer,
  ownerId: string,
): Promise<void> {
  for (const { tier: tierName, definition: given } of tools) {
    const definition = given as ToolDefinition
    const tier = tiers.find((known) => known === tierName)
    if (tier === undefined) throw new Error(`The example tool ${definition.name} has an unknown tier.`)

    const definitionHash = toolHash(definition)
    const tool = { server, name: definition.name, version, definitionHash, tier, acceptedById: ownerId }
    const bytes = Buffer.from(canonicalize(definition as JsonValue), "utf8")
    await insertAcceptedTool(db, { ...tool, definition: bytes })
    // A tool has no id but its names, and those are not for the clear (SPEC 5.1).
    const subject = { kind: "tenant", id: db.tenantId } as const
    const named = { server, tool: definition.name }
    await record(db, {
      type: "tool.registered",
      subject,
      plain: { tier },
      secret: { ...named, version, definition: definitionHash },
    })
    for (const environment of environments) {
      const paths = patchPaths[definition.name] ?? null
      const allowed = { environment, server, name: definition.name, patchPaths: paths }
      await insertAllowance(db, { ...allowed, allowedById: ownerId })
      await record(db, { type: "tool.allowed", subject, plain: { environment }, secret: named })
    }
  }
}

async function record(db: TenantDb, event: AuditEvent): Promise<void> {
  await appendLeaf(db, seeder, event)
}
