"use client"

import { Notice } from "@/components/layout/notice"
import { TopBar } from "@/components/layout/top-bar"
import { Button } from "@/components/ui/button"

type Props = Readonly<{ error: Error & { digest?: string }; reset: () => void }>

export default function DeskErrorPage({ error, reset }: Props) {
  return (
    <>
      <TopBar crumbs={[{ words: "Inbox", href: "/inbox" }, { words: "Error" }]} />
      <main id="content" tabIndex={-1} className="flex flex-1 outline-none">
        <Notice title="This page could not be shown" href="/inbox" linkWords="Go to the inbox">
          <p>
            Something broke on our side while it was being put together. Nothing was decided and nothing was
            changed.
            {error.digest !== undefined && ` In the server's log it is error ${error.digest}.`}
          </p>
          <Button look="plain" onClick={reset}>
            Try again
          </Button>
        </Notice>
      </main>
    </>
  )
}
