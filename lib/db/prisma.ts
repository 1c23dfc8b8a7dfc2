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

/** Loads the client with all that it compiles: the first transaction would wait for it. */
export async function warmPrisma(): Promise<void> {
  await prisma().$transaction(async (tx) => {
    // A reader without a tenant: there is nothing it could see.
    await tx.run.findFirst({ select: { runId: true } })
  })
}
