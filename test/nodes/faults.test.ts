import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNetwork, type TestNetwork } from '../network.ts'
import { createDatabase, type PostgresServer, startPostgres } from '../postgres.ts'
import { startValkey, type ValkeyServer } from '../valkey.ts'
import { eventually, type Node, password, startNode, untilOther } from './node.ts'

/** Maximum age of a node's revocation list in these tests, in seconds. */
const bound = 2

/** Answers to a revoked token, depending on whether the node knows of the revocation or cannot check it. */
const refusals = /^(?:401 token_revoked|503 revocation_unknown)$/

describe('two nodes of which one loses its database', () => {
  let postgres: PostgresServer
  let network: TestNetwork
  let one: Node
  let other: Node
  beforeAll(async () => {
    postgres = await startPostgres()
    const database = await createDatabase(postgres.url)
    const port = Number(new URL(postgres.url).port)
    network = await startNetwork(port)
    const args = ['--revocation-max-age-seconds', `${bound}`]
    const behind = database.replace(`:${port}/`, `:${network.port}/`)
    ;[one, other] = await Promise.all([startNode(database, args), startNode(behind, args)])
    expect((await one.send('/auth/register', { username: 'alice', password })).status).toBe(201)
  })
  afterEach(() => network.heal())
  afterAll(async () => {
    network?.heal()
    await Promise.all([one?.stop(), other?.stop()])
    network?.close()
    await postgres?.remove()
  })

  /**
   * Two sessions that the other node has seen: one for the test to revoke while that node is cut off, and one to keep.
   */
  async function endUnheard(): Promise<{ readonly revoked: string; readonly living: string }> {
    const [ended, kept] = [await one.login('alice'), await one.login('alice')]
    expect(await other.ask(ended.access_token)).toBe('200')
    expect(await other.ask(kept.access_token)).toBe('200')
    return { revoked: ended.access_token, living: kept.access_token }
  }

  for (const fault of ['cut', 'hold'] as const) {
    it(`accepts nothing revoked beyond its bound while its connections are ${fault === 'cut' ? 'cut' : 'silent'}`, async () => {
      const { revoked, living } = await endUnheard()
      const cutAt = performance.now()
      network[fault]()
      expect((await one.send('/auth/logout', {}, revoked)).status).toBe(204)
      const at = performance.now()
      // Within the bound, a valid token is accepted without a query. The bound starts at the last read, up to a second
      // ago.
      const answer = await other.ask(living)
      if (performance.now() - cutAt < (bound - 1) * 1000) expect(answer).toBe('200')
      let lastAccepted = 0
      while (performance.now() - at < (bound + 4) * 1000) {
        const asked = performance.now() - at
        if ((await other.ask(revoked)) === '200') lastAccepted = asked
        await sleep(20)
      }
      expect(await other.ask(revoked)).toMatch(refusals)
      expect(lastAccepted).toBeLessThan(bound * 1000)
      expect(await other.ask(living)).toBe('503 revocation_unknown')
      network.heal()
      await eventually(async () => expect(await other.ask(living)).toBe('200'))
      expect(await other.ask(revoked)).toBe('401 token_revoked')
    })
  }

  it('receives revocations late, but in order, if the network is slow', async () => {
    network.delay(200)
    const { revoked, living } = await endUnheard()
    expect((await one.send('/auth/logout', {}, revoked)).status).toBe(204)
    expect((await untilOther(other, revoked, '200')).answer).toBe('401 token_revoked')
    expect(await other.ask(living)).toBe('200')
  })

  it('accepts nothing revoked when it resumes after a pause', async () => {
    const { revoked, living } = await endUnheard()
    other.child.kill('SIGSTOP')
    expect((await one.send('/auth/logout', {}, revoked)).status).toBe(204)
    await sleep((bound + 1) * 1000)
    const answers = Array.from({ length: 20 }, () => other.ask(revoked))
    other.child.kill('SIGCONT')
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(refusals)
    await eventually(async () => expect(await other.ask(living)).toBe('200'))
  })

  it('knows of all sessions that end while it starts', async () => {
    const sessions = await Promise.all(Array.from({ length: 40 }, () => one.login('alice')))
    const ending = (async () => {
      for (const { access_token } of sessions) await one.send('/auth/logout', {}, access_token)
    })()
    const third = await startNode(one.database)
    await ending
    await eventually(async () => {
      for (const { access_token } of sessions) expect(await third.ask(access_token)).toBe('401 token_revoked')
    })
    await third.stop()
  })

  it('loses PostgreSQL under load, and recovers soon after it is back', async () => {
    const kept = await one.login('alice')
    const acknowledged: string[] = []
    const seen = new Set<string>()
    let isRunning = true
    const load = [one, other].map(async (node) => {
      while (isRunning) {
        const { status, body, headers } = await node.send('/auth/login', { username: 'alice', password })
        seen.add(`login ${status}`)
        if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
        if (status !== 200) await sleep(20)
        else if ((await node.send('/auth/logout', {}, body.access_token)).status === 204) {
          acknowledged.push(body.access_token)
        }
      }
    })
    await sleep(500)
    const stopped = new Promise((resolve) => postgres.process.once('exit', resolve))
    const stoppedAt = performance.now()
    postgres.process.kill('SIGINT')
    await stopped
    // Within the bound, guarded requests still succeed.
    const answer = await one.ask(kept.access_token)
    if (performance.now() - stoppedAt < (bound - 1) * 1000) expect(answer).toBe('200')
    await sleep((bound + 1) * 1000)
    expect(await one.ask(kept.access_token)).toBe('503 revocation_unknown')
    await postgres.restart()
    await eventually(async () => {
      for (const node of [one, other]) {
        expect(await node.ask(kept.access_token)).toBe('200')
        expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
        expect((await node.send('/auth/login', { username: 'alice', password })).status).toBe(200)
      }
    })
    isRunning = false
    await Promise.all(load)
    expect([...seen].sort()).toEqual(['login 200', 'login 503'])
    expect(acknowledged.length).toBeGreaterThan(0)
    for (const token of acknowledged) {
      // The last revocation may have been acknowledged by the other node only a moment ago.
      for (const node of [one, other]) {
        await eventually(async () => expect(await node.ask(token)).toBe('401 token_revoked'))
      }
    }
    expect([one.child.exitCode, other.child.exitCode]).toEqual([null, null])
  })

  it('recovers when a paused PostgreSQL resumes', async () => {
    const { living, revoked } = await endUnheard()
    expect((await one.send('/auth/logout', {}, revoked)).status).toBe(204)
    await postgres.signal('SIGSTOP')
    try {
      await sleep((bound + 1) * 1000)
      expect(await one.ask(living)).toBe('503 revocation_unknown')
    } finally {
      await postgres.signal('SIGCONT')
    }
    await eventually(async () => expect(await one.ask(living)).toBe('200'))
    expect(await other.ask(revoked)).toBe('401 token_revoked')
  })
})

describe('two nodes with a Valkey that goes away', () => {
  let valkey: ValkeyServer
  let one: Node
  let other: Node
  beforeAll(async () => {
    valkey = await startValkey()
    const database = await createDatabase(inject('postgresUrl'))
    const args = ['--valkey', valkey.url, '--attempts-per-account', '5']
    ;[one, other] = await Promise.all([startNode(database, args), startNode(database, args)])
    for (const username of ['alice', 'bob']) await one.send('/auth/register', { username, password })
  })
  afterAll(async () => {
    await Promise.all([one?.stop(), other?.stop()])
    await valkey?.stop()
  })

  async function logoutIsFelt(): Promise<void> {
    const { access_token } = await one.login('alice')
    expect(await other.ask(access_token)).toBe('200')
    expect((await one.send('/auth/logout', {}, access_token)).status).toBe(204)
    expect((await untilOther(other, access_token, '200')).answer).toBe('401 token_revoked')
  }

  async function guessesAreSlowed(): Promise<void> {
    const codes = new Set<number>()
    for (let i = 0; i < 12; i++) {
      codes.add((await one.send('/auth/login', { username: 'bob', password: `wrong ${i}` })).status)
      codes.add((await other.send('/auth/login', { username: 'bob', password: `wrong again ${i}` })).status)
    }
    expect([...codes].sort()).toEqual([401, 429])
  }

  it('count attempts in it, and notify each other of revocations', async () => {
    await logoutIsFelt()
    await guessesAreSlowed()
  })

  it('continue without it: counters are stored in the database, and revocations are read there', async () => {
    await valkey.stop()
    await logoutIsFelt()
    await guessesAreSlowed()
    expect(one.output.stdout).toContain('a background task failed')
    expect((await fetch(`${one.url}/readyz`)).status).toBe(200)
  })

  it('find it again', async () => {
    await valkey.start()
    await eventually(async () => {
      await logoutIsFelt()
      await guessesAreSlowed()
    })
  })

  it('do not wait for one that has stopped answering', async () => {
    valkey.process.kill('SIGSTOP')
    try {
      const start = performance.now()
      await logoutIsFelt()
      expect(performance.now() - start).toBeLessThan(100_000)
    } finally {
      valkey.process.kill('SIGCONT')
    }
    await logoutIsFelt()
  })

  it('start without it', async () => {
    await valkey.stop()
    const third = await startNode(one.database, ['--valkey', valkey.url])
    expect((await third.send('/auth/login', { username: 'alice', password })).status).toBe(200)
    await third.stop()
  })
})
