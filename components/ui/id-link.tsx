import Link from "next/link"
import { shortId } from "./short-id"

/** An id shortened in the middle that leads to the page of what it names. */
export function IdLink({ href, id }: Readonly<{ href: string; id: string }>) {
  return (
    <Link
      href={href}
      title={id}
      className="rounded text-muted underline decoration-line-strong underline-offset-4 hover:text-ink hover:decoration-current"
    >
      {shortId(id)}
    </Link>
  )
}
