import { approverGroups, type Stage } from "./policy"

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
