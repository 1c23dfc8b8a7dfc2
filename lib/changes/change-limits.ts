import type { Envelope, ProposedChange } from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"

/** What a tenant lowers of the limits that hold for everybody (SPEC 2.4). `contentBytes`: of each before and after. */
export type ChangeLimits = Readonly<{
  bodyBytes?: number
  parts?: number
  contentBytes?: number
  diffLines?: number
}>

/**
 * @param bytes of the whole request
 * @throws AppError `body_too_large`
 */
export function assertBodySize(bytes: number, { bodyBytes }: ChangeLimits = {}): void {
  if (bodyBytes === undefined || bytes <= bodyBytes) return
  const message = `The policy lets the body of a call have at most ${bodyBytes} bytes, not ${bytes}.`
  throw new AppError("body_too_large", message, { reasons: [{ code: "body_too_large", message }] })
}

/** @throws AppError `too_many_parts` */
export function assertPartCount({ parts }: ProposedChange, limits: ChangeLimits = {}): void {
  if (limits.parts === undefined || parts.length <= limits.parts) return
  throw new AppError("too_many_parts", `The policy lets a change have at most ${limits.parts} parts.`)
}

/**
 * For before anything is compared or stored.
 *
 * @throws AppError `content_too_large`
 */
export function assertContentSizes({ parts }: Envelope, { contentBytes }: ChangeLimits = {}): void {
  if (contentBytes === undefined) return
  const index = parts.findIndex(({ before, after }) =>
    [before, after].some((state) => state.state === "present" && state.bytes > contentBytes),
  )
  if (index === -1) return
  const message = `The policy lets a content have at most ${contentBytes} bytes.`
  throw new AppError("content_too_large", message, {
    reasons: [{ code: "content_too_large", message, path: `/parts/${index}` }],
  })
}
