/**
 * The most attempts on one account that may be compared since a moment: ten, and then one at each turn, after 1, 2, 4, … more
 * seconds. A machine that is busy takes long enough for some of them.
 * @param begun By `performance.now()`.
 */
export function mostCompared(begun: number): number {
  const seconds = (performance.now() - begun) / 1000
  return 10 + Math.floor(Math.log2(1 + seconds))
}
