/** That the database was restored, as those are told who look after clients. */
export type EpochNotice = Readonly<{
  number: number
  startedAt: string
  /** How many approvals were cancelled and runs closed in all clients of theirs. */
  cancelled: number
  closedRuns: number
}>
