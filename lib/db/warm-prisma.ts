import { prisma } from "./prisma"

/** Loads the client with all that it compiles: the first transaction would wait for it. */
export async function warmPrisma(): Promise<void> {
  await prisma().$transaction(async (tx) => {
    // A reader without a tenant: there is nothing it could see.
    await tx.run.findFirst({ select: { runId: true } })
  })
}
