import { AppError } from "@/lib/errors/app-error"

/** Which parts of a change are in one that is made of it, by their positions from 1. */
export type Choice = Readonly<{ positions: readonly number[]; leftOut: readonly number[] }>

/**
 * Some of the parts, in their order.
 *
 * @param parts how many there are
 * @throws AppError `not_partial` for none of them, for all of them, or for one that is not there
 */
export function choose(parts: number, chosen: readonly number[]): Choice {
  const all = Array.from({ length: parts }, (_, index) => index + 1)
  const positions = all.filter((position) => chosen.includes(position))
  const isSome = positions.length > 0 && positions.length < parts && positions.length === chosen.length
  if (!isSome) throw new AppError("not_partial")

  return { positions, leftOut: all.filter((position) => !chosen.includes(position)) }
}
