import { describe, expect, it } from 'vitest'
import { FairQueue, type FairQueueOptions } from './fair-queue.ts'
import type { Turn } from './line.ts'

/** A queue whose work ends when the test says so. */
function makeQueue({ atOnce = 1, ...bounds }: Omit<FairQueueOptions, 'atOnce' | 'refusal'> & { atOnce?: number }) {
  const queue = new FairQueue({ atOnce, ...bounds, refusal: () => new Error('refused') })
  const started: string[] = []
  const refused: string[] = []
  const ends = new Map<string, () => void>()
  const add = (name: string, turn: Turn) => {
    const work = () => {
      started.push(name)
      return new Promise<void>((resolve) => ends.set(name, resolve))
    }
    queue.run(turn, work).catch(() => refused.push(name))
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const endOne = async (name: string) => {
    ends.get(name)?.()
    ends.delete(name)
    await settle()
  }
  /** Ends the running work, and whatever starts after it, until nothing is left. */
  const finish = async () => {
    await settle()
    while (queue.running > 0) {
      for (const name of ends.keys()) await endOne(name)
      await settle()
    }
  }
  return { queue, add, settle, endOne, finish, started, refused }
}

describe('FairQueue', () => {
  const orders: [what: string, asked: [name: string, turn: Turn][], started: string[]][] = [
    [
      'one after the other',
      [
        ['a1', ['a']],
        ['a2', ['a']],
        ['a3', ['a']],
      ],
      ['a1', 'a2', 'a3'],
    ],
    [
      'in turns',
      [
        ['a1', ['a']],
        ['a2', ['a']],
        ['a3', ['a']],
        ['b1', ['b']],
        ['c1', ['c']],
        ['b2', ['b']],
      ],
      ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'],
    ],
    [
      'in turns within a turn',
      [
        ['0', ['z']],
        ['a1', ['n', 'a']],
        ['a2', ['n', 'a']],
        ['b1', ['n', 'b']],
        ['c1', ['m', 'c']],
        ['c2', ['m', 'c']],
      ],
      ['0', 'a1', 'c1', 'b1', 'c2', 'a2'],
    ],
  ]
  it.each(orders)('works %s', async (_what, asked, expected) => {
    const { add, finish, started, queue } = makeQueue({ places: 10 })
    for (const [name, turn] of asked) add(name, turn)
    await finish()
    expect(started).toEqual(expected)
    expect([queue.running, queue.waiting]).toEqual([0, 0])
  })

  const bounds: [what: string, places: number, asked: [name: string, turn: Turn][], refused: string[]][] = [
    [
      'no one if there is room',
      2,
      [
        ['a1', ['a']],
        ['a2', ['a']],
        ['b1', ['b']],
      ],
      [],
    ],
    [
      'a client that takes all of it',
      2,
      [
        ['a1', ['a']],
        ['a2', ['a']],
        ['a3', ['a']],
        ['a4', ['a']],
      ],
      ['a4'],
    ],
    [
      'the newest of the client with most, for one with less',
      3,
      [
        ['a1', ['a']],
        ['a2', ['a']],
        ['a3', ['a']],
        ['a4', ['a']],
        ['b1', ['b']],
      ],
      ['a4'],
    ],
    [
      'a newcomer whose share is used up',
      3,
      [
        ['0', ['z']],
        ['a1', ['a']],
        ['a2', ['a']],
        ['b1', ['b']],
        ['b2', ['b']],
      ],
      ['b2'],
    ],
    [
      'a newcomer if everyone waits with one each',
      2,
      [
        ['0', ['z']],
        ['a1', ['a']],
        ['b1', ['b']],
        ['c1', ['c']],
      ],
      ['c1'],
    ],
    [
      'the account with most behind the address of the newcomer',
      3,
      [
        ['0', ['z']],
        ['a1', ['n', 'a']],
        ['a2', ['n', 'a']],
        ['a3', ['n', 'a']],
        ['b1', ['n', 'b']],
      ],
      ['a3'],
    ],
    [
      'the account with most behind another address',
      3,
      [
        ['0', ['z']],
        ['a1', ['n', 'a']],
        ['b1', ['n', 'b']],
        ['b2', ['n', 'b']],
        ['c1', ['m', 'c']],
      ],
      ['b2'],
    ],
    [
      'everyone, without places',
      0,
      [
        ['a1', ['a']],
        ['b1', ['b']],
      ],
      ['b1'],
    ],
  ]
  it.each(bounds)('refuses %s', async (_what, places, asked, expected) => {
    const { add, finish, started, refused, queue } = makeQueue({ places })
    for (const [name, turn] of asked) add(name, turn)
    expect(queue.waiting).toBeLessThanOrEqual(places)
    await finish()
    expect(refused).toEqual(expected)
    expect(started.toSorted()).toEqual(
      asked
        .map(([name]) => name)
        .filter((name) => !expected.includes(name))
        .toSorted(),
    )
    expect([queue.running, queue.waiting]).toEqual([0, 0])
  })

  it('gives every client its share of a full queue', async () => {
    const { add, finish, started, queue } = makeQueue({ atOnce: 4, places: 256 })
    for (let n = 0; n < 1000; n++) add(`robot ${n}`, ['robot', `account ${n}`])
    for (let n = 0; n < 40; n++) add(`user ${n}`, [`user ${n}`])
    for (let n = 0; n < 1000; n++) add(`robot again ${n}`, ['robot', `account ${n}`])
    expect(queue.waiting).toBe(256)
    await finish()
    expect(started.filter((name) => name.startsWith('user'))).toHaveLength(40)
    expect(started).toHaveLength(260)
  })

  it('runs at most its part of one network, and of others what is left', async () => {
    const { add, settle, finish, started, queue } = makeQueue({ atOnce: 3, perNetwork: 2, places: 10 })
    for (const name of ['a1', 'a2', 'a3', 'a4']) add(name, ['a', name])
    await settle()
    expect([started, queue.running, queue.waiting]).toEqual([['a1', 'a2'], 2, 2])
    for (const name of ['b1', 'b2']) add(name, ['b', name])
    await settle()
    expect(started).toEqual(['a1', 'a2', 'b1'])
    await finish()
    expect(started.toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2'])
    expect([queue.running, queue.waiting]).toEqual([0, 0])
  })

  it('gives what a network leaves to the next one that may run, and its own turn back to it', async () => {
    const { add, settle, endOne, started } = makeQueue({ atOnce: 3, perNetwork: 2, places: 10 })
    for (const name of ['a1', 'a2', 'b1', 'a3', 'a4', 'c1', 'c2']) add(name, [name.charAt(0)])
    await settle()
    expect(started).toEqual(['a1', 'a2', 'b1'])
    await endOne('b1')
    expect(started.slice(3)).toEqual(['c1'])
    await endOne('a2')
    expect(started.slice(4)).toEqual(['a3'])
    await endOne('c1')
    expect(started.slice(5)).toEqual(['c2'])
    await endOne('c2')
    expect(started.slice(6)).toEqual([])
    await endOne('a1')
    expect(started.slice(6)).toEqual(['a4'])
  })

  it('refuses what finds no place while one network has its part, and counts none of it', async () => {
    const { add, settle, finish, started, refused, queue } = makeQueue({ atOnce: 3, perNetwork: 1, places: 1 })
    for (const name of ['a1', 'a2', 'a3', 'b1']) add(name, [name.charAt(0)])
    await settle()
    expect([started, refused, queue.running]).toEqual([['a1', 'b1'], ['a3'], 2])
    await finish()
    expect(started).toEqual(['a1', 'b1', 'a2'])
    expect([queue.running, queue.waiting]).toEqual([0, 0])
  })

  it('continues after work that fails', async () => {
    const queue = new FairQueue({ atOnce: 2, perNetwork: 1, places: 1, refusal: () => new Error('refused') })
    const failing = queue.run(['a'], async () => Promise.reject(new Error('of the work')))
    const next = queue.run(['a'], async () => 'done')
    await expect(failing).rejects.toThrow('of the work')
    expect(await next).toBe('done')
    expect([queue.running, queue.waiting]).toEqual([0, 0])
  })
})
