/**
 * The client that work belongs to, from the widest level to the narrowest: a network, one of its addresses, an account.
 * The names of one level take turns, and so do the names within each of them. No turn may be the beginning of another.
 */
export type Turn = readonly [widest: string, ...narrower: string[]]

/** The items that wait under one name, or under each of several. */
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

  /** Takes the oldest item of the name whose turn it is, among the names of the widest level that may have one. */
  take(mayHaveTurn: (name: string) => boolean = () => true): Item | undefined {
    if (this.#lines.size === 0) return this.#takeOwn(() => this.#items.shift())
    for (const [name, line] of this.#lines) {
      if (!mayHaveTurn(name)) continue
      this.#lines.delete(name)
      const item = line.take()
      // Adds the name again behind the others, because a map keeps the order of insertion.
      if (line.size > 0) this.#lines.set(name, line)
      this.#size--
      return item
    }
    return undefined
  }

  /**
   * Removes the newest item of the longest line, if the line of the new item stays shorter than that one was. A line
   * that is just one shorter gets no room: the two would displace each other for ever.
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
