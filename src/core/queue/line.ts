/**
 * Whom work is for, from the widest to the narrowest: a network, one of its addresses, an account. Those of one level take
 * turns, and so do those within each of them. No turn may be the beginning of another.
 */
export type Turn = readonly [widest: string, ...narrower: string[]]

/** What waits under one name, or under each of several. */
export class Line<Item> {
  readonly #lines = new Map<string, Line<Item>>()
  readonly #items: Item[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  add([name, ...narrower]: readonly string[], item: Item): void {
    this.#size++
    if (name === undefined) {
      this.#items.push(item)
      return
    }
    const line = this.#lines.get(name) ?? new Line()
    this.#lines.set(name, line)
    line.add(narrower, item)
  }

  /** The oldest of the line whose turn it is. */
  take(): Item | undefined {
    const [first] = this.#lines
    if (first === undefined) return this.#takeOwn(() => this.#items.shift())
    const [name, line] = first
    this.#lines.delete(name)
    const item = line.take()
    // Behind the others: a map keeps the order in which names were added.
    if (line.size > 0) this.#lines.set(name, line)
    this.#size--
    return item
  }

  /**
   * Takes out the newest of the longest line, for an item of a line that stays shorter than that one was. Lines that are
   * as long by one are not: the two would push each other out for ever.
   */
  makeRoomFor([name, ...narrower]: readonly string[]): Item | undefined {
    if (name === undefined) return undefined
    const own = this.#lines.get(name)
    const longest = this.#longest()
    if (longest === undefined) return undefined
    const [longestName, line] = longest
    const ownSize = own?.size ?? 0
    const isOwnLongest = own !== undefined && ownSize === line.size
    if (!isOwnLongest && ownSize + 1 >= line.size) return undefined
    const item = isOwnLongest ? own.makeRoomFor(narrower) : line.#takeNewest()
    if (item === undefined) return undefined
    this.#size--
    if (line.size === 0) this.#lines.delete(longestName)
    return item
  }

  #takeNewest(): Item | undefined {
    const longest = this.#longest()
    if (longest === undefined) return this.#takeOwn(() => this.#items.pop())
    const [name, line] = longest
    const item = line.#takeNewest()
    if (line.size === 0) this.#lines.delete(name)
    this.#size--
    return item
  }

  #takeOwn(take: () => Item | undefined): Item | undefined {
    const item = take()
    if (item !== undefined) this.#size--
    return item
  }

  #longest(): readonly [string, Line<Item>] | undefined {
    let longest: readonly [string, Line<Item>] | undefined
    for (const one of this.#lines) if (longest === undefined || one[1].size > longest[1].size) longest = one
    return longest
  }
}
