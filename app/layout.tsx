import { GeistMono } from "geist/font/mono"
import { GeistSans } from "geist/font/sans"
import type { Metadata, Viewport } from "next"
import { cookies } from "next/headers"
import type { ReactNode } from "react"
import { ClockProvider } from "@/components/ui/clock"
import { knownTimeZone } from "@/components/ui/time-format"
import { themeIn } from "./theme"
import "./globals.css"

export const metadata: Metadata = {
  title: { default: "Deltaseal", template: "%s · Deltaseal" },
  description: "Approvals by diff for AI agents: what was reviewed is what runs.",
  robots: { index: false, follow: false },
}

export const viewport: Viewport = { width: "device-width", initialScale: 1, viewportFit: "cover" }

export default async function RootLayout({ children }: Readonly<{ children: ReactNode }>) {
  const jar = await cookies()
  const theme = themeIn(jar.get("deltaseal-theme")?.value)
  const timeZone = knownTimeZone(decoded(jar.get("deltaseal-zone")?.value))

  return (
    <html
      lang="en"
      className={`${GeistSans.variable} ${GeistMono.variable}`}
      data-theme={theme === "system" ? undefined : theme}
      // The choice in the menu changes this attribute without asking the server.
      suppressHydrationWarning
    >
      <body>
        <ClockProvider renderedAt={renderedAt()} timeZone={timeZone}>
          {children}
        </ClockProvider>
      </body>
    </html>
  )
}

function renderedAt(): number {
  return Math.floor(Date.now() / 1000) * 1000
}

function decoded(value: string | undefined): string | undefined {
  try {
    return value && decodeURIComponent(value)
  } catch {
    return undefined
  }
}
