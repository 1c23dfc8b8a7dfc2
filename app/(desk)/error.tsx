"use client"

import { useRouter } from "next/navigation"
import { startTransition, useEffect } from "react"
import { Notice } from "@/components/layout/notice"
import { TopBar } from "@/components/layout/top-bar"
import { Button } from "@/components/ui/button"

type Props = Readonly<{ error: Error & { digest?: string }; reset: () => void }>

const againMs = 5_000

export default function DeskErrorPage({ error, reset }: Props) {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => {
      startTransition(() => {
        router.refresh()
        reset()
      })
    }, againMs)
    return () => clearInterval(timer)
  }, [router, reset])

  return (
    <>
      <TopBar crumbs={[{ words: "Inbox", href: "/inbox" }, { words: "Error" }]} />
      <main id="content" tabIndex={-1} className="flex flex-1 outline-none">
        <Notice title="This page could not be shown" href="/inbox" linkWords="Go to the inbox">
          <p>
            Something broke on our side while it was being put together. Nothing was decided and nothing was
            changed. It tries again by itself every few seconds.
            {error.digest !== undefined && ` In the server's log it is error ${error.digest}.`}
          </p>
          <Button look="plain" onClick={() => location.reload()}>
            Try again now
          </Button>
        </Notice>
      </main>
    </>
  )
}
