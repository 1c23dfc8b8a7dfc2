import { PrismaPg } from "@prisma/adapter-pg"
import { runtime } from "@/lib/env/runtime"
import { PrismaClient } from "@/prisma/generated/client"

const key = Symbol.for("deltaseal.prisma")
const holder = globalThis as typeof globalThis & { [key]?: PrismaClient | undefined }

/**
 * The unscoped client. Only this folder may use it: a query outside a bound
 * transaction sees no tenant data at all.
 */
export function prisma(): PrismaClient {
  holder[key] ??= new PrismaClient({ adapter: new PrismaPg(runtime().pool) })

  return holder[key]
}
