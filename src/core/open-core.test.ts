import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyDatabases } from '../../test/databases.ts'
import { startValkey, type ValkeyServer } from '../../test/valkey.ts'
import { type Core, openCore } from './open-core.ts'

describe.each(emptyDatabases)('the core on $name', ({ open }) => {
  let valkey: ValkeyServer
  const opened: { readonly close: () => Promise<void> }[] = []
  const drops: (() => Promise<void>)[] = []
  beforeAll(async () => {
    valkey = await startValkey()
  })
  afterAll(async () => {
    for (const { close } of opened) await close()
    for (const drop of drops) await drop()
    await valkey?.stop()
  })

  async function make(): Promise<string> {
    const { url, drop } = await open()
    drops.push(drop)
    return url
  }
  async function coreOn(
    database: string,
    onFault: (error: unknown) => void = () => {},
    url = valkey.url,
  ): Promise<Core> {
    const core = await openCore({ database, valkey: url, onFault })
    opened.push(core)
    return core
  }

  it('shares counters in Valkey with the nodes of its database, and no others', async () => {
    const [one, another] = [await make(), await make()]
    const names: unknown[] = []
    for (const database of [one, one, another]) names.push((await coreOn(database)).counters?.deployment)
    expect(names[0]).toMatch(/^[\w-]{16}$/)
    expect(names[1]).toBe(names[0])
    expect(names[2]).not.toBe(names[0])
  })

  it('reports once a minute what is wrong with Valkey', async () => {
    const faults: unknown[] = []
    const core = await coreOn(await make(), (error) => faults.push(error), valkey.url.replace('://', '://user:wrong@'))
    for (let i = 0; i < 3; i++) core.counters?.onFault(new Error('OOM'))
    await sleep(1500)
    expect(faults.map(String)).toEqual([expect.stringContaining('WRONGPASS'), 'Error: OOM'])
  })
})
