import { TopBar } from "@/components/layout/top-bar"

export default function ApprovalLoading() {
  return (
    <>
      <TopBar crumbs={[{ words: "Inbox", href: "/inbox" }]} />
      <main aria-busy className="flex flex-1 flex-col gap-4 px-4 py-5 md:px-6">
        <div className="skeleton h-5 w-80 max-w-full" />
        <div className="skeleton h-7 w-120 max-w-full" />
        <div className="skeleton mt-4 h-96 w-full lg:w-2/3" />
      </main>
    </>
  )
}
