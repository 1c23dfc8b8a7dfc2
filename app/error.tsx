"use client"

import { Notice } from "@/components/layout/notice"
import { Button } from "@/components/ui/button"

type Props = Readonly<{ error: Error & { digest?: string }; reset: () => void }>

export default function ErrorPage({ error, reset }: Props) {
  return (
    <main id="content" className="flex flex-1">
      <Notice title="This page could not be shown" href="/inbox" linkWords="Go to the inbox">
        Something broke on our side while it was being put together. Nothing was decided and nothing was
        changed.
        {error.digest !== undefined && <> In the server's log it is error {error.digest}.</>}
        <Button look="plain" onClick={reset}>
          Try again
        </Button>
      </Notice>
    </main>
  )
}
