/** The product's mark: a delta under a seal's ring. */
export function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" aria-hidden className="text-accent">
      <circle cx="10" cy="10" r="8.75" stroke="currentColor" strokeWidth="1.5" />
      <path d="M10 5.5l4.1 7.6H5.9z" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  )
}
