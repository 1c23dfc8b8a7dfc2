import type { PlanCall } from "@/components/plans/reviewed-plan"

/** One of several changes that are decided together: `number` is its place on the page, from 1. */
export type ReviewedChange = PlanCall &
  Readonly<{
    /** Why this person may not decide it; null when they may. */
    whyNot: string | null
    /** Whether the policy lets this person decide what they asked for themselves. */
    isSelfReview: boolean
  }>

/** What the bar of the page has to know of one. */
export type OfferedChange = Readonly<{
  number: number
  approvalId: string
  changeHash: string
  sentence: string
  /** Whether it can be decided here: it waits, this person may, and nothing has to be signed. */
  isOpen: boolean
  isReasonRequired: boolean
}>
