import { query } from "@/lib/operations/query"
import type { EvidenceList } from "./step-up.schema"

type Evidence = Readonly<{
  personId: string
  authenticatorId: string
  challengeInput: string
  publicKey: Uint8Array
  authenticatorData: Uint8Array
  clientDataJson: Uint8Array
  signature: Uint8Array
  origin: string
  rpId: string
  verifiedAt: Date
  withdrawnAt: Date | null
}>

/**
 * What authenticators signed for the votes on an approval, those that were
 * taken back among them; none where nobody may know of it.
 */
export const listEvidence = query(
  "approval:read",
  async ({ db }, approvalId: string): Promise<EvidenceList> => {
    const rows = await db.$queryRaw<Evidence[]>`
      SELECT person_id AS "personId", authenticator_id AS "authenticatorId", challenge_input AS "challengeInput",
        public_key AS "publicKey", authenticator_data AS "authenticatorData", client_data_json AS "clientDataJson",
        signature, origin, rp_id AS "rpId", verified_at AS "verifiedAt", NULL::timestamptz AS "withdrawnAt"
      FROM step_up_evidence WHERE approval_id = ${approvalId}
      UNION ALL
      SELECT person_id, authenticator_id, challenge_input, public_key, authenticator_data, client_data_json, signature,
        origin, rp_id, verified_at, withdrawn_at
      FROM withdrawn_vote WHERE approval_id = ${approvalId} AND signature IS NOT NULL
      ORDER BY "verifiedAt"`

    return { items: rows.map(toView), nextCursor: null }
  },
)

function toView(row: Evidence): EvidenceList["items"][number] {
  return {
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
    ...(row.withdrawnAt === null ? {} : { withdrawnAt: row.withdrawnAt.toISOString() }),
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url")
}
