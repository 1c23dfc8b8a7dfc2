import type { Metadata } from "next"
import { Notice } from "@/components/layout/notice"

export const metadata: Metadata = { title: "Not found" }

export default function NotFoundPage() {
  return (
    <main id="content" className="flex min-h-dvh">
      <Notice title="There is nothing here for you" href="/inbox" linkWords="Go to the inbox">
        The page does not exist, or it belongs to a client that you may not see.
      </Notice>
    </main>
  )
}
