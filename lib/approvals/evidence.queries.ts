import { query } from "@/lib/operations/query"
import type { EvidenceList } from "./step-up.schema"

/** What authenticators signed for the votes on an approval; none where nobody may know of it. */
export const listEvidence = query(
  "approval:read",
  async ({ db }, approvalId: string): Promise<EvidenceList> => {
    const rows = await db.stepUpEvidence.findMany({ where: { approvalId }, orderBy: { verifiedAt: "asc" } })

    return {
      items: rows.map((row) => ({
        v: 1,
        personId: row.personId,
        authenticatorId: row.authenticatorId,
        challengeInput: row.challengeInput,
        publicKey: base64url(row.publicKey),
        authenticatorData: base64url(row.authenticatorData),
        clientDataJSON: base64url(row.clientDataJson),
        signature: base64url(row.signature),
        origin: row.origin,
        rpId: row.rpId,
        verifiedAt: row.verifiedAt.toISOString(),
      })),
      nextCursor: null,
    }
  },
)

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url")
}
