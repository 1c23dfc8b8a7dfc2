/** `Ana <ana@Acme.example>` as `ana@acme.example`: what makes two spellings one recipient. */
export function normalAddress(address: string): string {
  return bareAddress(address).normalize("NFKC").toLowerCase()
}

/** The domain of an address in lower case; null where it has none, such as a channel or a phone number. */
export function addressDomain(address: string): string | null {
  const bare = normalAddress(address)
  const at = bare.lastIndexOf("@")
  const domain = at === -1 ? "" : bare.slice(at + 1).replace(/\.$/, "")
  return domain.includes(".") && !/\s/.test(domain) ? domain : null
}

function bareAddress(address: string): string {
  const open = address.lastIndexOf("<")
  const bare = open !== -1 && address.endsWith(">") ? address.slice(open + 1, -1) : address
  return bare.trim()
}
