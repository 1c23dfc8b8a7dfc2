/** A list's place while it is read: nothing shows before 300 ms, and nothing jumps when it comes. */
export function ListSkeleton({ label }: Readonly<{ label: string }>) {
  return (
    <div aria-busy="true" aria-label={label} role="status" className="flex flex-col gap-4 px-4 md:px-6">
      <div className="skeleton h-6 w-56" />
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="skeleton h-10 w-full" />
      ))}
    </div>
  )
}
