import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Issuer } from '../../test/issuer.ts'
import { followRemote, type RemoteRevocations } from './follow-remote.ts'
import { endOfSession, type JournalPage } from './revocation.ts'
import { type FeedOptions, RevocationFeed, type RevocationSource } from './revocation-feed.ts'
import { RevocationSet } from './revocation-set.ts'

const page = JSON.stringify({ revocations: [], token_lives: [], now: Date.now(), cursor: 'c', complete: true })

describe('a feed whose source cannot be reached', () => {
  it('waits before each attempt, even if the source calls with each', async () => {
    let attempts = 0
    let call = (): void => {}
    const source: RevocationSource = {
      async read() {
        attempts++
        setTimeout(call, 1)
        throw new Error('refused')
      },
      listen(onChange) {
        call = onChange
      },
      rewind() {},
      close() {},
    }
    const feed = new RevocationFeed(new RevocationSet(), source)
    feed.startLater()
    await expect.poll(() => attempts, { timeout: 120_000 }).toBeGreaterThan(2)
    // The attempts are 50, 100, 200 and then 400 milliseconds apart.
    await sleep(400)
    expect(attempts).toBeLessThan(10)
    await feed.close()
  })
})

/** A source that answers at once with what it is given, and counts how often it is read. */
class Memory implements RevocationSource {
  reads = 0
  waits: number[] = []
  isClosed = false
  pages: Partial<JournalPage>[] = []
  tell = (): void => {}
  hold: () => Promise<unknown> = async () => {}

  async read(waitSeconds: number): Promise<JournalPage> {
    this.reads++
    this.waits.push(waitSeconds)
    await this.hold()
    return { revocations: [], now: new Date(), lives: [], isComplete: true, ...this.pages.shift() }
  }
  listen(onChange: () => void): void {
    this.tell = onChange
  }
  rewind(): void {}
  close(): void {
    this.isClosed = true
  }
}

describe('a feed', () => {
  const claims = { sid: 's', gen: 1 }
  const news = { revocations: [{ ...endOfSession('s'), expiresAt: new Date(Date.now() + 900_000) }] }
  const refuse = async () => {
    throw new Error('refused')
  }
  const open: RevocationFeed[] = []
  afterEach(async () => {
    for (const feed of open.splice(0)) await feed.close()
  })

  function make(options: FeedOptions = {}): [source: Memory, feed: RevocationFeed, set: RevocationSet] {
    const source = new Memory()
    const set = new RevocationSet()
    const feed = new RevocationFeed(set, source, { intervalSeconds: 1000, maxAgeSeconds: 1000, ...options })
    open.push(feed)
    return [source, feed, set]
  }

  it('is as recent as the read that began last, if an earlier one ends after it', async () => {
    const [source, feed] = make()
    const held = Promise.withResolvers<void>()
    source.hold = () => held.promise
    const earlier = feed.ask()
    await sleep(50)
    source.hold = async () => {}
    const began = performance.now()
    await feed.ask()
    held.resolve()
    await earlier
    // The wall clock counts whole milliseconds.
    expect(feed.ageSeconds * 1000).toBeLessThanOrEqual(performance.now() - began + 1)
  })

  it('has read all pages once it has begun, and is fresh from then on', async () => {
    let reads = 0
    const [source, feed, set] = make({ onRead: () => reads++ })
    expect([feed.isFresh, feed.ageSeconds]).toEqual([false, Number.POSITIVE_INFINITY])
    source.pages = [{ ...news, isComplete: false }, { isComplete: false }, { lives: [{ seconds: 900, since: 0 }] }]
    await feed.start()
    expect([source.reads, reads, feed.isFresh]).toEqual([3, 1, true])
    expect(feed.ageSeconds).toBeLessThan(600)
    expect([set.has(claims, {}), set.keeps({ iat: 1, exp: 901 })]).toEqual([true, true])
    // Nothing is waited for where a request waits.
    expect(source.waits).toEqual([0, 0, 0])
  })

  it('cannot begin where the source cannot be read', async () => {
    const [source, feed] = make()
    source.hold = refuse
    await expect(feed.start()).rejects.toThrow('refused')
    expect(feed.isFresh).toBe(false)
  })

  it('starts over after a page that it could not apply, and relies on nothing until it has read all again', async () => {
    const [source, feed, set] = make()
    const unknown = { ...endOfSession('x'), kind: 'of a later version', expiresAt: new Date(Date.now() + 900_000) }
    const all = { revocations: [unknown as never, ...news.revocations] }
    // Like every source, it does not tell again what it has told, unless it is rewound.
    source.pages = [all]
    source.rewind = () => {
      source.pages = [all]
    }
    for (const _turn of [1, 2, 3]) {
      await expect(feed.ask()).rejects.toThrow()
      expect(feed.isFresh).toBe(false)
    }
    source.rewind = () => {}
    source.pages = [news]
    await feed.ask()
    expect([feed.isFresh, set.has(claims, {})]).toEqual([true, true])
  })

  it('keeps what it read while the source’s clock was ahead for as long as after the clock is right', async () => {
    let steady = 0
    const set = new RevocationSet(() => steady)
    const source = new Memory()
    const feed = new RevocationFeed(set, source, { intervalSeconds: 1000, maxAgeSeconds: 1000 })
    open.push(feed)
    source.pages = [{ ...news, now: new Date(Date.now() + 7_200_000) }]
    source.rewind = () => {
      source.pages = [news]
    }
    await feed.start()
    await feed.ask()
    await feed.ask()
    steady += 600_000
    set.sweep()
    expect(set.has(claims, {})).toBe(true)
  })

  it('reads as soon as the source tells of a change', async () => {
    const [source, feed, set] = make()
    await feed.start()
    source.pages = [news]
    source.tell()
    await expect.poll(() => set.has(claims, {}), { timeout: 120_000 }).toBe(true)
    expect(source.reads).toBe(2)
  })

  it('reads as often as it is told to, also where nothing changes', async () => {
    const [source, feed] = make({ intervalSeconds: 0.01 })
    await feed.start()
    await expect.poll(() => source.reads, { timeout: 120_000 }).toBeGreaterThan(3)
    expect(source.waits.slice(1, 3)).toEqual([400, 400])
  })

  it('reads nothing to confirm what is fresh, and reads again where it is asked', async () => {
    const [source, feed, set] = make()
    await feed.start()
    source.pages = [news]
    await feed.confirm()
    expect(source.reads).toBe(1)
    await feed.ask()
    expect([source.reads, set.has(claims, {})]).toEqual([2, true])
  })

  it('is as old as the beginning of its last read: one that took too long confirms nothing', async () => {
    const [source, feed] = make({ maxAgeSeconds: 0.02 })
    source.hold = () => sleep(100)
    await expect(feed.confirm()).rejects.toThrow()
  })

  it('tells of the first of several failures, and again after it could read', async () => {
    const faults: unknown[] = []
    const [source, feed] = make({ onFault: (fault) => faults.push(fault), intervalSeconds: 0.01 })
    await feed.start()
    for (const count of [1, 2]) {
      const before = source.reads
      source.hold = refuse
      await expect.poll(() => source.reads - before, { timeout: 120_000 }).toBeGreaterThan(3)
      expect(faults).toHaveLength(count)
      source.hold = async () => {}
      const failed = source.reads
      await expect.poll(() => source.reads - failed, { timeout: 120_000 }).toBeGreaterThan(2)
    }
  })

  it.each([
    ['an error', new Error('no log'), 'no log'],
    ['a text', 'no log', 'no log'],
    ['an object without a prototype', Object.create(null), 'onFault failed'],
  ])('goes on if the listener throws %s, now or later, and warns of it', async (_what, thrown, warning) => {
    const heard: string[] = []
    const hear = ({ message }: Error) => heard.push(message)
    process.on('warning', hear)
    const fail = () => {
      throw thrown
    }
    for (const onFault of [fail, async () => fail()]) {
      const [source, feed] = make({ onFault, intervalSeconds: 0.01 })
      await feed.start()
      source.hold = refuse
      const before = source.reads
      await expect.poll(() => source.reads - before, { timeout: 120_000 }).toBeGreaterThan(2)
      source.hold = async () => {}
      await expect.poll(() => feed.isFresh, { timeout: 120_000 }).toBe(true)
    }
    process.off('warning', hear)
    expect(heard.filter((message) => message === warning)).toHaveLength(2)
  })

  it('closes its source, waits for the read under way, and reads no more', async () => {
    const [source, feed] = make()
    await feed.start()
    const { promise, resolve } = Promise.withResolvers<void>()
    source.hold = () => promise
    source.tell()
    await expect.poll(() => source.reads, { timeout: 120_000 }).toBe(2)
    let isOver = false
    const closing = feed.close().then(() => (isOver = true))
    await sleep(10)
    expect([source.isClosed, isOver]).toEqual([true, false])
    resolve()
    await closing
    source.tell()
    await sleep(10)
    expect(source.reads).toBe(2)
  })
})

let server: Issuer
let followed: RemoteRevocations

/** A feed whose list is too old, and whose next reads wait until the test releases them. */
async function staleFeed(): Promise<(() => void)[]> {
  server = new Issuer()
  server.answer(page)
  const url = (await server.start()).replace('jwks.json', 'auth/revocations')
  followed = followRemote({ url, clientId: 'shop', clientSecret: 'secret', maxAgeSeconds: 1 })
  await followed.feed.confirm()
  const held: (() => void)[] = []
  server.handler = (_request, response) => {
    held.push(() => response.writeHead(500).end())
  }
  while (held.length === 0 || followed.feed.isFresh) await sleep(20)
  return held
}

describe('a feed whose list is too old', () => {
  afterEach(async () => {
    await followed.feed.close()
    server.stop()
  })

  it('does not fail requests with a read that began before them', async () => {
    const held = await staleFeed()
    const requests = Array.from({ length: 50 }, () => followed.feed.confirm())
    const before = server.requests
    server.answer(page)
    for (const fail of held) fail()
    expect((await Promise.allSettled(requests)).filter(({ status }) => status === 'rejected')).toEqual([])
    expect(server.requests - before).toBeLessThan(5)
  })

  it('reads once more if the first read finds the connection broken', async () => {
    const held = await staleFeed()
    let broken = 0
    server.handler = (request, response) => {
      if (broken++ === 0) request.socket.destroy()
      else response.end(page)
    }
    for (const fail of held) fail()
    await expect(followed.feed.confirm()).resolves.toBeUndefined()
  })

  it('refuses if the source does not answer', async () => {
    const held = await staleFeed()
    server.answer('', {}, 503)
    for (const fail of held) fail()
    await expect(followed.feed.confirm()).rejects.toThrow('503')
  })
})
