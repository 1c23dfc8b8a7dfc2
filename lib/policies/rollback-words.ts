/** Why rolling back leaves a client as it is. */
export const neverTookEffect = "What was proposed here never took effect."

export function movedSince(inForce: number): string {
  return `Version ${inForce} is in force now, not the one that was rolled out.`
}
