/**
 * Whether a name fits a pattern in which `*` stands for any characters, none
 * too. Takes at most as many steps as both lengths multiplied.
 */
export function fitsName(pattern: string, name: string): boolean {
  return fits(Array.from(pattern), Array.from(name), {
    isMany: (character) => character === "*",
    fitsOne: (character, found) => character === found,
  })
}

/**
 * Whether a path fits a glob: `*` and `?` stay inside a component, `**` is any
 * number of components, and at the end at least one.
 */
export function fitsPath(glob: string, path: string): boolean {
  const components = glob.split("/")
  if (components.at(-1) === "**") components.push("*")
  return fits(components, path.split("/"), {
    isMany: (component) => component === "**",
    fitsOne: fitsComponent,
  })
}

type Wild = Readonly<{
  isMany: (part: string) => boolean
  fitsOne: (part: string, found: string) => boolean
}>

function fitsComponent(glob: string, component: string): boolean {
  return fits(Array.from(glob), Array.from(component), {
    isMany: (character) => character === "*",
    fitsOne: (character, found) => character === "?" || character === found,
  })
}

/** Greedy: only the last part that stands for many is ever tried again, one further each time. */
function fits(pattern: readonly string[], found: readonly string[], { isMany, fitsOne }: Wild): boolean {
  let [at, position, many, retry] = [0, 0, -1, 0]
  while (position < found.length) {
    const [part, value] = [pattern[at], found[position]]
    if (part !== undefined && isMany(part)) {
      many = at++
      retry = position
    } else if (part !== undefined && value !== undefined && fitsOne(part, value)) {
      at++
      position++
    } else if (many !== -1) {
      at = many + 1
      position = ++retry
    } else {
      return false
    }
  }
  return pattern.slice(at).every(isMany)
}
