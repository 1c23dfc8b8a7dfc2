/** A rectangle of the edit graph: lines `left` to `right` of one side against `top` to `bottom` of the other. */
export type Box = Readonly<{ left: number; right: number; top: number; bottom: number }>
export type Point = Readonly<{ x: number; y: number }>

/** Where to split a box; not on a shortest path when that was too far to seek. */
export type Split = Point & Readonly<{ isOnShortest: boolean }>

/** The diagonals (x − y) that a search has reached, from `low` to `high`, every second one. */
type Front = { low: number; high: number; readonly reach: Int32Array }

/**
 * Finds a point on a shortest path through a box by searching from both
 * corners at once, in space linear in the lines. Counts its steps.
 */
export class MiddleSnakeSearch {
  work = 0
  readonly #a: Int32Array
  readonly #b: Int32Array
  readonly #workMax: number
  readonly #forward: Front
  readonly #backward: Front
  /** Added to a diagonal to make it an index. */
  readonly #origin: number

  constructor(a: Int32Array, b: Int32Array, workMax: number) {
    const diagonals = a.length + b.length + 3
    this.#a = a
    this.#b = b
    this.#workMax = workMax
    this.#forward = { low: 0, high: 0, reach: new Int32Array(diagonals) }
    this.#backward = { low: 0, high: 0, reach: new Int32Array(diagonals) }
    this.#origin = b.length + 1
  }

  /** Takes equal lines off both ends. */
  trim({ left, right, top, bottom }: Box): Box {
    const area = right - left + 1
    while (left < right && top < bottom && this.#a[left] === this.#b[top]) {
      left++
      top++
    }
    while (left < right && top < bottom && this.#a[right - 1] === this.#b[bottom - 1]) {
      right--
      bottom--
    }
    this.work += area - (right - left)

    return { left, right, top, bottom }
  }

  /**
   * Null when out of work. The box must be trimmed and empty in neither direction.
   *
   * @param roundsMax so many edits from either end are worth a search for the fewest; its steps grow with their square
   */
  middleOf(box: Box, roundsMax: number): Split | null {
    const first = box.left - box.top
    const last = box.right - box.bottom
    const isOdd = ((first - last) & 1) !== 0
    this.#start(this.#forward, first, box.left)
    this.#start(this.#backward, last, box.right)

    for (let round = 0; this.work < this.#workMax; round++) {
      const met = this.#stepForward(box, isOdd) ?? this.#stepBackward(box, !isOdd)
      if (met !== null) return { ...met, isOnShortest: true }
      if (round >= roundsMax) return this.#furthest(box)
    }

    return null
  }

  /** The point that the search from the top left has got furthest to. Each round takes it at least one line on. */
  #furthest(box: Box): Split {
    const { low, high, reach } = this.#forward
    let best = { x: box.left, y: box.top }
    for (let diagonal = high; diagonal >= low; diagonal -= 2) {
      const x = reach[this.#origin + diagonal] ?? 0
      const y = x - diagonal
      const isInside = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom
      if (isInside && x + y > best.x + best.y) best = { x, y }
    }

    return { ...best, isOnShortest: false }
  }

  #start(front: Front, diagonal: number, x: number): void {
    front.low = diagonal
    front.high = diagonal
    front.reach[this.#origin + diagonal] = x
  }

  /** One more diagonal on each side, or one less where the box ends; `unreached` never wins a comparison. */
  #widen(front: Front, box: Box, unreached: number): void {
    if (front.low > box.left - box.bottom) front.reach[this.#origin + --front.low - 1] = unreached
    else front.low++
    if (front.high < box.right - box.top) front.reach[this.#origin + ++front.high + 1] = unreached
    else front.high--
    this.work += (front.high - front.low) / 2 + 1
  }

  #stepForward(box: Box, mayMeet: boolean): Point | null {
    this.#widen(this.#forward, box, -1)
    const [a, b, { reach, low, high }, other] = [this.#a, this.#b, this.#forward, this.#backward]

    for (let diagonal = high; diagonal >= low; diagonal -= 2) {
      const at = this.#origin + diagonal
      const right = (reach[at - 1] ?? 0) + 1
      const down = reach[at + 1] ?? 0
      const start = right > down ? right : down
      let x = start
      while (x < box.right && x - diagonal < box.bottom && a[x] === b[x - diagonal]) x++
      this.work += x - start
      reach[at] = x

      const hasMet = mayMeet && other.low <= diagonal && diagonal <= other.high && (other.reach[at] ?? 0) <= x
      if (hasMet) return { x, y: x - diagonal }
    }

    return null
  }

  #stepBackward(box: Box, mayMeet: boolean): Point | null {
    this.#widen(this.#backward, box, 0x7fffffff)
    const [a, b, { reach, low, high }, other] = [this.#a, this.#b, this.#backward, this.#forward]

    for (let diagonal = high; diagonal >= low; diagonal -= 2) {
      const at = this.#origin + diagonal
      const up = reach[at - 1] ?? 0
      const left = (reach[at + 1] ?? 0) - 1
      const start = up < left ? up : left
      let x = start
      while (x > box.left && x - diagonal > box.top && a[x - 1] === b[x - diagonal - 1]) x--
      this.work += start - x
      reach[at] = x

      const hasMet = mayMeet && other.low <= diagonal && diagonal <= other.high && x <= (other.reach[at] ?? 0)
      if (hasMet) return { x, y: x - diagonal }
    }

    return null
  }
}
