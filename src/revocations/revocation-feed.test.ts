import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Issuer } from '../../test/issuer.ts'
import { followRemote, type RemoteRevocations } from './follow-remote.ts'
import { RevocationFeed, type RevocationSource } from './revocation-feed.ts'
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
