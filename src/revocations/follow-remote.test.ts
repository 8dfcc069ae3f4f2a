import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Issuer } from '../../test/issuer.ts'
import { followRemote, type RemoteRevocations } from './follow-remote.ts'
import type { RemoteRevocationsOptions } from './remote-options.ts'

const seconds = Math.floor(Date.now() / 1000)
const ofSession = { sid: 's', gen: 1, sub: 'u', iat: seconds, exp: seconds + 900 }
const longLived = { ...ofSession, exp: seconds + 100_000 }
const ended = { kind: 'session', id: 's', valid_from: null, expires_at: Date.now() + 900_000 }

let server: Issuer
let url: string
let followed: RemoteRevocations
let revocations: object[]
let isRevokedThere: boolean
let asked: string[]
/** Lets go of the requests of the feed, which wait for news. */
let held: (() => void)[]

async function follow(options: Pick<RemoteRevocationsOptions, 'maxAgeSeconds' | 'onFault'>): Promise<void> {
  held = []
  followed = followRemote({ url, clientId: 'shop', clientSecret: 'secret', ...options })
  await followed.feed.confirm()
  asked = []
}

beforeEach(async () => {
  server = new Issuer()
  revocations = []
  isRevokedThere = false
  asked = []
  server.handler = (request, response) => {
    const { pathname, searchParams } = new URL(`${request.url}`, url)
    if (pathname.endsWith('/check')) {
      asked.push('check')
      return response.end(JSON.stringify({ revoked: isRevokedThere }))
    }
    const answer = {
      revocations,
      token_lives: [{ seconds: 900, since: 0 }],
      now: Date.now(),
      cursor: 'c',
      complete: true,
    }
    // As a server does where there is no news: the request of the feed is held, those that wait are answered.
    if (searchParams.get('wait') !== '0') return held.push(() => response.writeHead(500).end())
    asked.push('read')
    return response.end(JSON.stringify(answer))
  }
  url = (await server.start()).replace('jwks.json', 'auth/revocations')
  await follow({ maxAgeSeconds: 600 })
})

afterEach(async () => {
  await followed.feed.close()
  server.stop()
})

describe('what another server revokes', () => {
  it('is known at once, of tokens that the journal answers for', () => {
    expect(followed.isRevoked(ofSession, {}, { strict: false })).toBe(false)
    expect(asked).toEqual([])
  })

  it.each([true, false])('is asked of the server for other tokens: %s', async (isRevoked) => {
    isRevokedThere = isRevoked
    expect(await followed.isRevoked(longLived, {}, { strict: false })).toBe(isRevoked)
    expect(asked).toEqual(['check'])
  })

  it('is read before anything is decided where what is known is too old, and the fault is told', async () => {
    await followed.feed.close()
    const faults: unknown[] = []
    await follow({ maxAgeSeconds: 1, onFault: (fault) => faults.push(fault) })
    await expect.poll(() => held.length > 0 && !followed.feed.isFresh, { timeout: 120_000 }).toBe(true)
    revocations = [ended]
    const answer = followed.isRevoked(ofSession, {}, { strict: false })
    for (const fail of held.splice(0)) fail()
    expect(answer).toBeInstanceOf(Promise)
    expect(await answer).toBe(true)
    expect(faults).toHaveLength(1)
  })

  it('is read anew where that is asked for', async () => {
    revocations = [ended]
    expect(followed.isRevoked(ofSession, {}, { strict: false })).toBe(false)
    expect(await followed.isRevoked(ofSession, {}, { strict: true })).toBe(true)
    expect(asked).toEqual(['read'])
    expect(followed.isRevoked(ofSession, {}, { strict: false })).toBe(true)
  })
})
