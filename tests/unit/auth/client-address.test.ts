import { expect, test } from "vitest"
import { addressVouchedFor, vouchedFor } from "@/lib/auth/client-address"

test("an address that only a client names is unknown, before and after our server named one", () => {
  const sent = ["203.0.113.7", "undefined 203.0.113.7", "x 203.0.113.7", " 203.0.113.7", "", undefined, ["a"]]
  for (const header of sent) expect(addressVouchedFor(header)).toBe("unknown")

  const vouched = vouchedFor("198.51.100.4")
  expect(addressVouchedFor(vouched)).toBe("198.51.100.4")
  for (const header of [...sent, `${vouched} 203.0.113.7`]) expect(addressVouchedFor(header)).toBe("unknown")
})
