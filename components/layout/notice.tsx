import Link from "next/link"
import type { ReactNode } from "react"

type Props = Readonly<{ title: string; href: string; linkWords: string; children: ReactNode }>

/** A page that has only something to say: what is, and the way on. */
export function Notice({ title, href, linkWords, children }: Props) {
  return (
    <div className="m-auto flex max-w-md flex-col items-start gap-3 p-6">
      <h1 className="text-lg font-semibold">{title}</h1>
      <div className="flex flex-col items-start gap-3 text-muted">{children}</div>
      <Link href={href} className="rounded text-accent underline underline-offset-4">
        {linkWords}
      </Link>
    </div>
  )
}
