import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { Label } from "@/lib/kernel/label.schema"
import { environments } from "@/lib/tools/tool"
import { keyDays, keyDaysMax, keyScopes, keyStatuses, overlapHours, overlapHoursMax } from "./key"

const Time = z.iso.datetime()
const Person = z.strictObject({ personId: z.string(), name: z.string() })

/** A key as people see it. Its secret is shown once, when it is made, and never is a part of this. */
export const KeyView = z.strictObject({
  keyId: z.string(),
  tenantId: z.string(),
  prefix: z.string(),
  name: z.string(),
  mode: z.enum(["live", "test"]),
  environments: z.array(z.enum(environments)),
  scopes: z.array(z.enum(keyScopes)),
  addresses: z.array(z.string()),
  owner: Person,
  createdBy: Person,
  createdAt: Time,
  expiresAt: Time,
  revokedAt: Time.nullable(),
  rotatedFrom: z.string().nullable(),
  status: z.enum(keyStatuses),
})
export type KeyView = z.infer<typeof KeyView>

export const KeyList = z.strictObject({ items: z.array(KeyView), nextCursor: z.string().nullable() })

/** A key that was just made; `apiKey` is its only copy. */
export const MadeKey = z.strictObject({ key: KeyView, apiKey: z.string() })
export type MadeKey = z.infer<typeof MadeKey>

/** Address ranges in CIDR notation, or single addresses. IPv4 is written as IPv4. */
const Addresses = z
  .array(
    z
      .union(
        [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()],
        "Write a range as 203.0.113.0/24 or 2001:db8::/32.",
      )
      .refine((text) => !/^::ffff:/i.test(text), "Write an IPv4 range as IPv4."),
  )
  .max(50)

export const NewKeyBody = z.strictObject({
  name: Label,
  environments: listOf(environments),
  scopes: listOf(keyScopes),
  mode: z.enum(["live", "test"]).default("live"),
  addresses: Addresses.default([]),
  expiresInDays: z.int().min(1).max(keyDaysMax).default(keyDays),
  ownerId: IdText.optional(),
})
export type NewKeyBody = z.infer<typeof NewKeyBody>

export const KeyChangesBody = z
  .strictObject({ name: Label.optional(), addresses: Addresses.optional() })
  .refine(({ name, addresses }) => name !== undefined || addresses !== undefined, "Say what is to change.")
export type KeyChangesBody = z.infer<typeof KeyChangesBody>

export const RotationBody = z.strictObject({
  overlapHours: z.int().min(0).max(overlapHoursMax).default(overlapHours),
  expiresInDays: z.int().min(1).max(keyDaysMax).default(keyDays),
})
export type RotationBody = z.infer<typeof RotationBody>

function listOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .array(z.enum(values))
    .min(1, "Choose at least one.")
    .refine((list) => new Set(list).size === list.length, "One is named twice.")
}
