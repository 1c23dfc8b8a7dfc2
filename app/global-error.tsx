"use client"

import "./globals.css"

/** When even the frame around all pages fails. */
export default function GlobalErrorPage() {
  return (
    <html lang="en">
      <head>
        <title>Error · Deltaseal</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        <main className="flex min-h-dvh flex-col items-center justify-center gap-2 p-6 text-center">
          <h1 className="text-lg font-semibold">Deltaseal could not show this page</h1>
          <p className="text-muted">Nothing was decided and nothing was changed. Reload it in a moment.</p>
        </main>
      </body>
    </html>
  )
}
