import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../../../test/databases.ts'
import type { Database } from '../../../store/engine/database.ts'
import { openDatabase } from '../../../store/engine/open-database.ts'
import { migrate } from '../../../store/migrations/migrate.ts'
import { counterMaker } from './counters.ts'
import { Tries } from './tries.ts'

describe.each(databases)('tries on $name', ({ open }) => {
  let database: Database
  let drop: () => Promise<void>
  let tries: Tries
  beforeAll(async () => {
    const test = await open()
    drop = test.drop
    database = await openDatabase(test.url)
    await migrate(database)
    tries = new Tries(counterMaker(database.query, undefined), 3, 500)
  })
  afterAll(async () => {
    await database.close()
    await drop()
  })

  it('begin while none was wrong too often, and end without a trace where they were right', async () => {
    for (let i = 0; i < 20; i++) {
      expect(await tries.begin('right')).toBe(0)
      await tries.end('right', false)
    }
  })

  it('count as wrong once they were wrong', async () => {
    for (let wrong = 0; wrong < 3; wrong++) {
      expect(await tries.begin('wrong')).toBe(wrong)
      await tries.end('wrong', true)
    }
    expect(await tries.begin('wrong')).toBeUndefined()
  })

  it('wait for those under way, which may be right', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('busy')
    const fourth = tries.begin('busy')
    expect(await Promise.race([fourth, sleep(100, 'waits')])).toBe('waits')
    await tries.end('busy', false)
    expect(await fourth).toBe(0)
  })

  it('wait until those under way were wrong', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('bad')
    const fourth = tries.begin('bad')
    for (let i = 0; i < 3; i++) await tries.end('bad', true)
    expect(await fourth).toBeUndefined()
  })

  it('leave no room behind that began in a counter which was lost', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('lost')
    await tries.forget('lost')
    for (let i = 0; i < 3; i++) await tries.end('lost', i === 0)
    expect(await tries.begin('lost')).toBe(1)
    expect(await tries.begin('lost')).toBe(1)
    expect(await Promise.race([tries.begin('lost'), sleep(100, 'waits')])).toBe('waits')
    await tries.end('lost', false)
  })

  it('count what a killed process had under way as wrong after a while, for the next ones at once', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('killed')
    expect(await tries.begin('killed')).toBeUndefined()
    // One that would wait for it again would wait for a minute.
    const patient = new Tries(counterMaker(database.query, undefined), 3, 60_000)
    const start = performance.now()
    expect(await patient.begin('killed')).toBeUndefined()
    expect(performance.now() - start).toBeLessThan(50_000)
  })

  it('are counted once where one that was given up ends after all', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('late')
    expect(await Promise.all([tries.begin('late'), tries.begin('late')])).toEqual([undefined, undefined])
    await tries.end('late', false)
    expect(await tries.force('late')).toEqual({ failures: 3, underWay: 1 })
  })
})
