import { TopBar } from "@/components/layout/top-bar"

export default function InboxLoading() {
  return (
    <>
      <TopBar crumbs={[{ words: "Inbox" }]} />
      <main aria-busy className="flex flex-1 flex-col gap-4 px-4 py-5 md:px-6">
        <div className="skeleton h-6 w-56" />
        {[0, 1, 2, 3].map((row) => (
          <div key={row} className="skeleton h-10 w-full" />
        ))}
      </main>
    </>
  )
}
