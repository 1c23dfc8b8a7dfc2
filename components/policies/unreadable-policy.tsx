import { TriangleAlert } from "lucide-react"

/** In the place of a version whose document cannot be read. */
export function UnreadablePolicy({ version }: Readonly<{ version: number }>) {
  return (
    <p
      role="alert"
      className="mx-4 flex gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink md:mx-6"
    >
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <span>
        Version {version} cannot be read: it is damaged, or was written by a newer release. While it is in
        force every call is denied. Publish a policy, or roll back to a version that can be read.
      </span>
    </p>
  )
}
