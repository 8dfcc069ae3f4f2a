import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Redis } from 'iovalkey'
import { describe, expect, it, vi } from 'vitest'
import { startNetwork } from '../../test/network.ts'
import { startValkey } from '../../test/valkey.ts'
import { openValkey, valkeyMistakes } from './valkey.ts'

describe('the address of Valkey', () => {
  const good = ['redis://localhost', 'rediss://user:p%40@host:6380/3', 'valkey://[::1]:6379', 'valkeys://host/']
  it.each(good)('%s is accepted', (address) => expect(valkeyMistakes(address)).toEqual([]))

  const bad = [
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://:::',
    'redis://localhost:99999',
    'redis://user:%zz@host',
    'redis://user:p#ss@host',
    'redis://localhost/name',
    'redis://a b',
    'redis://localhost?commandTimeout=60000&enableOfflineQueue=true',
    'redis://localhost/1?family=6',
    'redis://localhost#1',
  ]
  it.each(bad)('%s is rejected', (address) => expect(valkeyMistakes(address)).toHaveLength(1))

  it.each(bad)('%s is rejected by a program that opens it', async (address) => {
    await expect(openValkey(address, () => {})).rejects.toMatchObject({ code: 'option_invalid' })
  })
})

describe('the connection to Valkey', () => {
  it('subscribes again after it was lost while it subscribed', async () => {
    const server = await startValkey()
    const network = await startNetwork(Number(new URL(server.url).port))
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const valkey = await openValkey(`redis://127.0.0.1:${network.port}`, () => {})
    try {
      let changes = 0
      valkey.listen(() => changes++)
      const subscribe = vi.spyOn(Redis.prototype, 'subscribe').mockImplementationOnce(function (this: Redis, channel) {
        // It has connected again, and what it asks for now arrives nowhere.
        network.cut()
        return this.subscribe(channel)
      })
      network.cut()
      network.heal()
      await expect.poll(() => subscribe.mock.calls.length, { timeout: 120_000 }).toBeGreaterThan(0)
      subscribe.mockRestore()
      network.heal()
      const announced = async () => {
        const before = changes
        valkey.announceChange()
        return expect.poll(() => changes, { timeout: 500 }).toBeGreaterThan(before)
      }
      await expect
        .poll(
          () =>
            announced().then(
              () => 'heard',
              () => 'missed',
            ),
          { timeout: 120_000 },
        )
        .toBe('heard')
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
      valkey.close()
      network.close()
      await server.stop()
    }
  })

  const refused: [what: string, address: (url: string) => string, message: RegExp][] = [
    ['a database number out of range', (url) => `${url}/99`, /DB index is out of range/],
    ['a wrong password', (url) => url.replace('://', '://user:wr0ng@'), /WRONGPASS/],
  ]
  it.each(refused)('is not used with %s, and is tried less and less often', async (_what, address, message) => {
    const server = await startValkey()
    const operator = new Redis(server.url)
    const faults: Error[] = []
    const valkey = await openValkey(address(server.url), (fault) => faults.push(fault))
    const client = valkey.client as Redis
    try {
      const until = performance.now() + 5000
      while (performance.now() < until) {
        await client.set('a', 1).catch(() => {})
        await sleep(5)
      }
      expect(await operator.dbsize()).toBe(0)
      // 50, 100, 200, 400, 800 milliseconds, and then each second.
      expect(faults.length).toBeGreaterThan(1)
      expect(faults.length).toBeLessThan(15)
      for (const fault of faults) expect(fault.message).toMatch(message)
      expect(inspect(faults, { depth: null })).not.toContain('wr0ng')
    } finally {
      valkey.close()
      operator.disconnect()
      await server.stop()
    }
  })

  const commands = 'eval evalsha set incrby pttl expire del publish subscribe info client ping'
  const documented = [
    'reset',
    'on',
    '>pass',
    '~hallpass:*',
    '&hallpass:*',
    ...commands.replace(/\w+/g, '+$&').split(' '),
  ]
  const permissions: [what: string, rules: readonly string[], fault: RegExp | undefined][] = [
    ['may not subscribe, as new users of Redis 7 may not', ['resetchannels'], /NOPERM/],
    ['may not publish', ['-publish'], /NOPERM/],
    ['may not send heartbeats', ['-ping'], undefined],
    ['has no other permissions than those in operations.md', documented, undefined],
  ]
  it.each(permissions)('lasts if its user %s, which is reported if it matters', async (_what, rules, reported) => {
    const server = await startValkey()
    const operator = new Redis(server.url)
    await operator.call('ACL', 'SETUSER', 'hallpass', 'on', '>pass', '~*', '&*', '+@all', ...rules)
    const faults: Error[] = []
    const valkey = await openValkey(server.url.replace('://', '://hallpass:pass@'), (fault) => faults.push(fault))
    const connections = async () => Number(/total_connections_received:(\d+)/.exec(await operator.info('stats'))?.[1])
    try {
      const before = await connections()
      // Several heartbeats.
      for (let i = 0; i < 40; i++) {
        valkey.announceChange()
        await sleep(100)
      }
      expect(await connections()).toBe(before)
      if (reported === undefined) expect(faults).toEqual([])
      else expect(String(faults[0])).toMatch(reported)
    } finally {
      valkey.close()
      operator.disconnect()
      await server.stop()
    }
  })

  it('subscribes again if it was refused for a moment', async () => {
    const server = await startValkey()
    const operator = new Redis(server.url)
    await operator.call('ACL', 'SETUSER', 'default', '-subscribe')
    const valkey = await openValkey(server.url, () => {})
    try {
      await expect.poll(() => operator.call('ACL', 'LOG').then((log) => (log as unknown[]).length)).toBeGreaterThan(0)
      await operator.call('ACL', 'SETUSER', 'default', '+subscribe')
      let changes = 0
      valkey.listen(() => changes++)
      const announced = () => {
        valkey.announceChange()
        return changes
      }
      await expect.poll(announced, { timeout: 120_000 }).toBeGreaterThan(0)
    } finally {
      valkey.close()
      operator.disconnect()
      await server.stop()
    }
  })

  const policies: [flags: string, reported: boolean][] = [
    ['--maxmemory 100mb --maxmemory-policy allkeys-lru', true],
    ['--maxmemory 100mb --maxmemory-policy volatile-ttl', true],
    ['--maxmemory 100mb --maxmemory-policy noeviction', false],
    ['--maxmemory 0 --maxmemory-policy allkeys-lru', false],
  ]
  it.each(policies)('to a server with %s: that it deletes counters is reported: %s', async (flags, reported) => {
    const server = await startValkey(flags.split(' '))
    const faults: Error[] = []
    const valkey = await openValkey(server.url, (fault) => faults.push(fault))
    try {
      // Commands are answered in order, so this answer follows that about the memory.
      await (valkey.client as Redis).ping()
      expect(faults.map(String)).toEqual(reported ? [expect.stringMatching(/deletes counters/)] : [])
    } finally {
      valkey.close()
      await server.stop()
    }
  })

  it('is made again in search of the primary, but seldom', async () => {
    const server = await startValkey()
    const operator = new Redis(server.url)
    await operator.call('REPLICAOF', '127.0.0.1', '1')
    const valkey = await openValkey(server.url, () => {})
    const connections = async () => Number(/total_connections_received:(\d+)/.exec(await operator.info('stats'))?.[1])
    try {
      const before = await connections()
      const until = performance.now() + 5000
      while (performance.now() < until) {
        await (valkey.client as Redis).set('a', 1).catch(() => {})
        await sleep(5)
      }
      const made = (await connections()) - before
      expect(made).toBeGreaterThan(1)
      expect(made).toBeLessThan(15)
    } finally {
      valkey.close()
      operator.disconnect()
      await server.stop()
    }
  })

  it('does not delay the start while a server loads its data', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallpass-valkey-'))
    const server = await startValkey(['--dir', folder])
    const operator = new Redis(server.url)
    await operator.call('EVAL', "for i = 1, 30000 do redis.call('set', 'key' .. i, i) end", '0')
    await operator.save()
    operator.disconnect()
    await server.stop()
    // A minute and a half, in which it answers questions about its state.
    await server.start(['--key-load-delay', '3000', '--loading-process-events-interval-bytes', '1024'])
    const valkey = await openValkey(server.url, () => {})
    try {
      expect((valkey.client as Redis).status).not.toBe('ready')
    } finally {
      valkey.close()
      await server.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
