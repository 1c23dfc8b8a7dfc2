import { createHmac } from "node:crypto"
import { runtime } from "@/lib/env/runtime"

/** What is stored of a normalized address: of no use without the pepper, and another in every tenant. */
export function recipientMac(tenantId: string, address: string): Buffer {
  return createHmac("sha256", runtime().secrets.keyPepper)
    .update(`deltaseal/recipient/v1\0${tenantId}\0${address}`)
    .digest()
}
