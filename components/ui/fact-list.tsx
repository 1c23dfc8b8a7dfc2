import type { ReactNode } from "react"

/** What is known of something, name beside value, in two columns where there is room. */
export function FactList({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <dl className="grid items-baseline grid-cols-[104px_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm sm:grid-cols-[104px_minmax(0,1fr)_104px_minmax(0,1fr)] xl:max-w-5xl">
      {children}
    </dl>
  )
}

export function Fact({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}
