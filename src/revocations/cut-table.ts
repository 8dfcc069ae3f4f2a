import { randomBytes } from 'node:crypto'

/**
 * Maps many names to the number from which each is valid again, and the minute in which that can be deleted.
 *
 * A million names take 34 MiB: four words each in hash tables of typed arrays, which the garbage collector never scans.
 * Many small tables take the place of a large one, so that growing or cleaning a table never takes long. A filter of
 * one mebibyte precedes them. Nearly all names that are looked up are absent, and the filter saves the processor from
 * fetching a distant table for those.
 *
 * A name is stored as 64 bits of a hash that is seeded for this process. The chance that two of a million names collide
 * is one in 37 million. A valid token would then be rejected; a revoked one is never accepted.
 */
export class CutTable {
  readonly #shards = Array.from({ length: shardCount }, () => new Shard())
  readonly #filter = new Filter()
  #sweptShard = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The number from which a name is valid again; `never` if it never is, `undefined` if nothing revokes it. */
  get(name: string): number | undefined {
    if (this.#size === 0) return undefined
    hash(name)
    if (!this.#filter.mayHave(high, low)) return undefined
    return (this.#shards[high & (shardCount - 1)] as Shard).get(high, low)
  }

  /**
   * Raises the number of a name, and never lowers it: concurrent changes may arrive in any order. @param forgetAt
   * Milliseconds, as for `sweep`.
   */
  raise(name: string, goodFrom: number, forgetAt: number): void {
    hash(name)
    const shard = this.#shards[high & (shardCount - 1)] as Shard
    const before = shard.size
    shard.raise(high, low, Math.min(goodFrom, never), minuteOf(forgetAt))
    this.#size += shard.size - before
    this.#filter.add(high, low)
  }

  /**
   * Deletes expired entries from one of the small tables. It takes as many calls as there are tables to clean them all.
   */
  sweep(now: number): void {
    const shard = this.#shards[this.#sweptShard] as Shard
    const before = shard.size
    shard.sweep(Math.floor(now / 60_000) + 1)
    if (shard.size < before) this.#filter.reset(this.#sweptShard, shard)
    this.#size += shard.size - before
    this.#sweptShard = (this.#sweptShard + 1) % shardCount
  }
}

/** Minutes start at 1, because a slot with 0 is empty. The highest value stands for all later minutes. */
function minuteOf(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds / 60_000) + 1, 0xffff_ffff)
}

/** Greater than any generation, and than any time in Unix seconds until 2106. */
export const never = 0xffff_ffff

export const shardCount = 256

/** A Bloom filter, with one part per shard. With a million names, one in 17 absent names passes it. */
class Filter {
  /** Empty until the first name is added. */
  #words = new Int32Array(0)

  mayHave(high: number, low: number): boolean {
    const bits = bitsOf(low)
    return ((this.#words[wordOf(high)] as number) & bits) === bits
  }

  add(high: number, low: number): void {
    if (this.#words.length === 0) this.#words = new Int32Array(shardCount * partWords)
    const at = wordOf(high)
    this.#words[at] = (this.#words[at] as number) | bitsOf(low)
  }

  /** Rebuilds the part of a shard from its remaining names. Names share bits, so a single one cannot be removed. */
  reset(shardNumber: number, shard: Shard): void {
    this.#words.fill(0, shardNumber * partWords, (shardNumber + 1) * partWords)
    for (const [high, low] of shard.hashes()) this.add(high, low)
  }
}

const partWords = 1024

function wordOf(high: number): number {
  return (high & (shardCount - 1)) * partWords + ((high >>> 8) & (partWords - 1))
}

function bitsOf(low: number): number {
  return (1 << low) | (1 << (low >>> 5))
}

/** Words per slot: two of the hash, the number, the minute. A minute of 0 marks an empty slot. */
const slotWords = 4
const smallest = 8

/** Open addressing with linear probing, at most three quarters full. */
class Shard {
  #words = new Uint32Array(0)
  size = 0

  get(high: number, low: number): number | undefined {
    const at = find(this.#words, high, low)
    return at < 0 || this.#words[at + 3] === 0 ? undefined : this.#words[at + 2]
  }

  raise(high: number, low: number, goodFrom: number, minute: number): void {
    if ((this.size + 1) * slotWords * 4 > this.#words.length * 3) this.#rebuild(0, this.size + 1)
    const words = this.#words
    const at = find(words, high, low)
    if (words[at + 3] === 0) this.size++
    words[at] = high
    words[at + 1] = low
    words[at + 2] = Math.max(words[at + 2] as number, goodFrom)
    words[at + 3] = Math.max(words[at + 3] as number, minute)
  }

  *hashes(): Iterable<readonly [high: number, low: number]> {
    const words = this.#words
    for (let at = 0; at < words.length; at += slotWords) {
      if (words[at + 3] !== 0) yield [words[at] as number, words[at + 1] as number]
    }
  }

  sweep(minute: number): void {
    let left = 0
    for (let at = 3; at < this.#words.length; at += slotWords) if ((this.#words[at] as number) >= minute) left++
    // Minutes start at 1, so an empty slot counts neither as expired nor as left.
    if (left < this.size) this.#rebuild(minute, left)
  }

  /** Makes room for `count` names, and drops those that expired before `minute`. */
  #rebuild(minute: number, count: number): void {
    const before = this.#words
    let slots = count === 0 ? 0 : smallest
    while (count * 4 > slots * 3) slots *= 2
    const after = new Uint32Array(slots * slotWords)
    this.size = 0
    for (let from = 0; from < before.length; from += slotWords) {
      const ends = before[from + 3] as number
      if (ends === 0 || ends < minute) continue
      const at = find(after, before[from] as number, before[from + 1] as number)
      after.set(before.subarray(from, from + slotWords), at)
      this.size++
    }
    this.#words = after
  }
}

/** The index of a name, or of the slot where it would be; -1 in an empty table. */
function find(words: Uint32Array, high: number, low: number): number {
  if (words.length === 0) return -1
  const mask = words.length / slotWords - 1
  for (let slot = (high >>> 8) & mask; ; slot = (slot + 1) & mask) {
    const at = slot * slotWords
    if (words[at + 3] === 0 || (words[at] === high && words[at + 1] === low)) return at
  }
}

const [highSeed, lowSeed] = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()]

/** The hash of the last name. Two variables return it without allocating an object, a million times a second. */
let high = 0
let low = 0

/** Two 32-bit mixes in the manner of MurmurHash3, over two characters at a time. */
function hash(name: string): void {
  let one = highSeed
  let other = lowSeed
  for (let i = 0; i < name.length; i += 2) {
    // Past the end the character counts as 0. The length, mixed in last, distinguishes that from a NUL.
    const code = name.charCodeAt(i) | (name.charCodeAt(i + 1) << 16)
    one = Math.imul(one ^ code, 0xcc9e2d51)
    one = (one << 15) | (one >>> 17)
    other = Math.imul(other ^ code, 0x1b873593)
    other = (other << 13) | (other >>> 19)
  }
  high = finish(one ^ name.length)
  low = finish(other ^ one)
}

function finish(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
