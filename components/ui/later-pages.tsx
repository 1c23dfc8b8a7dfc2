import Link from "next/link"

type Props = Readonly<{
  /** The way back to the first page; null where this is it. */
  startPath: string | null
  /** The way on; null on the last page. */
  nextPath: string | null
}>

const linkLook = "rounded text-accent underline underline-offset-4"

/** The way through a list that comes in pages. */
export function LaterPages({ startPath, nextPath }: Props) {
  if (startPath === null && nextPath === null) return null

  return (
    <nav aria-label="Pages" className="flex gap-4 px-4 text-sm md:px-6">
      {startPath !== null && (
        <Link href={startPath} className={linkLook}>
          Show the newest
        </Link>
      )}
      {nextPath !== null && (
        <Link href={nextPath} className={linkLook}>
          Show older ones
        </Link>
      )}
    </nav>
  )
}
