import { approverGroups, type Stage } from "./policy"

/**
 * The same where each can be given in several ways: whichever of the next ways
 * people give, it is one of the old ones too.
 */
export function asksAtLeastInAnyWay(
  next: readonly (readonly Stage[])[],
  old: readonly (readonly Stage[])[],
): boolean {
  return next.every((way) => old.some((former) => asksAtLeast(way, former)))
}

/** Whether whoever satisfies `next` satisfies `old` too: each old stage has one of its own that asks for no less. */
export function asksAtLeast(next: readonly Stage[], old: readonly Stage[]): boolean {
  const [stage, ...others] = old
  if (stage === undefined) return true

  return next.some(
    (candidate, index) =>
      covers(candidate, stage) && asksAtLeast([...next.slice(0, index), ...next.slice(index + 1)], others),
  )
}

function covers(next: Stage, old: Stage): boolean {
  return next.count >= old.count && approverGroups.indexOf(next.group) >= approverGroups.indexOf(old.group)
}
