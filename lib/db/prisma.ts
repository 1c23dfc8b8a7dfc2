import { PrismaPg } from "@prisma/adapter-pg"
import type pg from "pg"
import { runtime } from "@/lib/env/runtime"
import { PrismaClient } from "@/prisma/generated/client"

const key = Symbol.for("deltaseal.prisma")
const holder = globalThis as typeof globalThis & { [key]?: WeakMap<pg.Pool, PrismaClient> | undefined }

/**
 * The unscoped client. Only this folder may use it: a query outside a bound
 * transaction sees no tenant data at all.
 */
export function prisma(): PrismaClient {
  const { pool } = runtime()
  const clients = (holder[key] ??= new WeakMap())
  const client = clients.get(pool) ?? new PrismaClient({ adapter: new PrismaPg(pool) })
  clients.set(pool, client)

  return client
}
