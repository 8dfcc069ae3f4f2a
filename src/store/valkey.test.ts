import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'iovalkey'
import { describe, expect, it } from 'vitest'
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
      let isLost = false
      valkey.listen(() => {
        changes++
        // It has connected again, and what it asks for now arrives nowhere.
        if (!isLost) network.cut()
        isLost = true
      })
      network.cut()
      network.heal()
      await expect.poll(() => isLost, { timeout: 120_000 }).toBe(true)
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
