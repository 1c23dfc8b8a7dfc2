import { Notice } from "@/components/layout/notice"
import { TopBar } from "@/components/layout/top-bar"

type Props = Readonly<{
  /** The place's name, as the rail has it. */
  place: string
  /** What is looked after there. */
  what: string
}>

/** For somebody whose role does not reach here: which one would, and who gives it. */
export function NeedsRole({ place, what }: Props) {
  return (
    <>
      <TopBar crumbs={[{ words: "Inbox", href: "/inbox" }, { words: place }]} />
      <main id="content" tabIndex={-1} className="flex flex-1 outline-none">
        <Notice title={`${place} need another role`} href="/inbox" linkWords="Go to the inbox">
          <p>
            {what} by owners, administrators and auditors. Ask an owner or administrator of your agency for
            one of these roles if you need it.
          </p>
        </Notice>
      </main>
    </>
  )
}
