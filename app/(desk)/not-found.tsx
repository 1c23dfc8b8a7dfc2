import { Notice } from "@/components/layout/notice"
import { TopBar } from "@/components/layout/top-bar"

export default function DeskNotFoundPage() {
  return (
    <>
      <TopBar crumbs={[{ words: "Inbox", href: "/inbox" }, { words: "Not found" }]} />
      <main id="content" tabIndex={-1} className="flex flex-1 outline-none">
        <Notice title="There is nothing here for you" href="/inbox" linkWords="Go to the inbox">
          The page does not exist, or it belongs to a client that you may not see.
        </Notice>
      </main>
    </>
  )
}
