/** @returns The known name that a misspelt one most probably means; `undefined` if none are known. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const byLikeness = known.toSorted((one, other) => likeness(name, other) - likeness(name, one))
  return byLikeness.find((other) => isSlip(name, other)) ?? byLikeness[0]
}

/** The proportion of pairs of letters that two names share. A swap of two letters breaks up to three pairs. */
function likeness(name: string, other: string): number {
  const pairs = Array.from({ length: other.length - 1 }, (_, index) => other.slice(index, index + 2))
  return pairs.filter((pair) => name.includes(pair)).length / (other.length + name.length)
}

/** Whether two names differ by one letter that is missing, added or changed, or by two neighbours that are swapped. */
function isSlip(one: string, other: string): boolean {
  const shortest = Math.min(one.length, other.length)
  let start = 0
  while (start < shortest && one[start] === other[start]) start++
  let end = 0
  while (end < shortest - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)]
  const isSwap = left.length === 2 && right === `${left[1]}${left[0]}`
  return isSwap || Math.max(left.length, right.length) <= 1
}
