import { describe, expect, it } from 'vitest'
import { SharedClock } from './shared-clock.ts'

const start = 1_800_000_000_000
const minute = 60_000
const hour = 60 * minute

/** A machine and a database whose clocks the test sets. */
function world(options: { given?: () => number; isIndependent?: boolean } = {}) {
  const at = { steady: 0, slept: 0, wall: start, database: start }
  const faults: string[] = []
  const clock = new SharedClock(
    { isIndependent: false, onFault: ({ message }) => faults.push(message), ...options },
    { wall: () => at.wall, steady: () => at.steady, awake: () => at.steady + at.slept + 5000 },
  )
  const look = () => clock.observe(new Date(at.database), at.steady)
  return {
    at,
    clock,
    faults,
    look,
    /** Advances all clocks, and reads the database's clock every second. */
    pass(milliseconds: number) {
      for (let left = milliseconds; left > 0; left -= 1000) {
        const step = Math.min(left, 1000)
        at.steady += step
        at.wall += step
        at.database += step
        look()
      }
    },
    now: () => clock.now().getTime(),
    decide: () => clock.decisionTime(new Date(at.database))?.getTime(),
  }
}

describe('the clock that all processes share', () => {
  it('follows the database, whatever the machine’s clock says', () => {
    const one = world()
    one.at.wall += 3 * hour
    one.look()
    one.pass(minute)
    expect(one.now()).toBe(start + minute)
    expect(one.clock.differenceSeconds).toBe(3 * 60 * 60)
  })

  it('is not moved by a machine whose clock is set forward and back', () => {
    const one = world()
    one.look()
    one.at.wall += hour
    one.pass(72_000)
    expect(one.now()).toBe(start + 72_000)
    one.at.wall -= hour
    one.pass(1000)
    expect(one.now()).toBe(start + 73_000)
  })

  it('is not moved by a database whose clock is set for a minute, and follows one that keeps the new time', () => {
    const one = world()
    one.look()
    one.at.database += hour
    one.pass(72_000)
    expect(one.now()).toBe(start + 72_000)
    one.at.database -= hour
    one.pass(10_000)
    expect(one.now()).toBe(start + 82_000)
    one.at.database += hour
    one.pass(119_000)
    expect(one.now()).toBe(start + 201_000)
    one.pass(3000)
    expect(one.now()).toBe(start + 204_000 + hour)
    expect(one.faults.filter((message) => message.includes('jumped'))).toHaveLength(2)
  })

  it('follows the drift of a steady clock', () => {
    const one = world()
    one.look()
    for (let i = 0; i < 100; i++) {
      one.at.database += 100
      one.pass(1000)
    }
    expect(one.now()).toBe(start + 110_000)
  })

  it('continues correctly after the machine has slept', () => {
    const one = world()
    one.look()
    one.at.slept += hour
    one.at.wall += hour
    one.at.database += hour
    one.look()
    expect(one.now()).toBe(start + hour)
    expect(one.faults).toEqual([])
  })

  it('is right as soon as the machine wakes, before it asks the database', () => {
    const one = world()
    one.look()
    expect(one.now()).toBe(start)
    one.at.slept += hour
    one.at.wall += hour
    one.at.steady += 1
    expect(one.now()).toBe(start + hour + 1)
  })

  it('expects nothing of an answer that was on its way while the machine slept', () => {
    const one = world()
    one.look()
    const answer = new Date(one.at.database)
    one.at.slept += hour
    one.at.wall += hour
    one.clock.observe(answer, one.at.steady)
    expect(one.now()).toBe(start + hour)
    expect(one.faults).toEqual([])
  })

  it('corrects a first answer that was on its way while the machine slept with the next', () => {
    const one = world()
    const answer = new Date(one.at.database)
    one.at.slept += hour
    one.at.wall += hour
    one.at.database += hour
    one.clock.observe(answer, one.at.steady)
    one.at.steady += 1
    one.at.wall += 1
    one.at.database += 1
    one.look()
    expect(one.now()).toBe(start + hour + 1)
    expect(one.decide()).toBe(start + hour + 1)
    expect(one.faults).toEqual([])
  })

  it('does not take two clocks that run at different speeds for sleep', () => {
    const one = world()
    one.look()
    for (let i = 0; i < 100; i++) {
      one.at.slept += 90
      one.pass(1000)
    }
    expect(one.now()).toBe(start + 100_000)
    expect(one.faults).toEqual([])
  })

  it('corrects a first answer that was slow with the next', () => {
    const one = world()
    one.at.steady += 9000
    one.at.wall += 9000
    one.clock.observe(new Date(one.at.database), 0)
    one.at.database += 9000
    one.look()
    expect(one.now()).toBe(start + 9000)
    expect(one.decide()).toBe(start + 9000)
    expect(one.faults).toEqual([])
  })

  it('trusts another machine’s clock at once if ours agrees, because both cannot be wrong in the same way', () => {
    const one = world({ isIndependent: true })
    one.look()
    one.at.wall += hour
    one.at.database += hour
    one.look()
    expect(one.now()).toBe(start + hour)
  })

  it('is not moved by an answer that it agrees with, however long that was on its way', () => {
    const one = world()
    one.look()
    one.at.steady += 900
    one.at.database += 100
    one.clock.observe(new Date(one.at.database), 0)
    expect(one.now()).toBe(start + 900)
    one.at.database += 950
    one.clock.observe(new Date(one.at.database), 800)
    expect(one.now()).toBe(start + 950 + 100)
  })

  it('learns from a slow answer only what it proves', () => {
    const one = world()
    one.look()
    one.at.steady += 5000
    one.at.database += 1000
    one.clock.observe(new Date(start), 0)
    expect(one.now()).toBe(start + 5000)
    // The database’s time was read at least 0 and at most 5 seconds ago: ours was a second ahead, or more.
    one.clock.observe(new Date(start - 1000), 0)
    expect(one.now()).toBe(start + 4000)
    expect(one.faults).toEqual([])
  })

  it('follows the database if each answer is slow', () => {
    const one = world()
    const lookSlowly = () => {
      const began = one.at.steady
      one.at.steady += 3000
      one.at.wall += 3000
      one.at.database += 3000
      one.clock.observe(new Date(one.at.database - 1000), began)
    }
    const error = () => Math.abs(one.now() - one.at.database)
    lookSlowly()
    expect(error()).toBeLessThanOrEqual(1500)
    one.at.database += hour
    lookSlowly()
    expect(error()).toBeLessThanOrEqual(3000)
    one.look()
    expect(error()).toBe(0)
    one.at.database -= hour
    for (let i = 0; i < 39; i++) lookSlowly()
    expect(error()).toBe(hour)
    for (let i = 0; i < 3; i++) lookSlowly()
    expect(error()).toBeLessThanOrEqual(3000)
    expect(one.clock.differenceSeconds).toBe(0)
  })

  it('corrects a time that it adopted from a slow answer with the next', () => {
    const one = world({ isIndependent: true })
    one.look()
    one.at.steady += 4000
    one.at.database += hour + 4000
    one.at.wall += hour + 4000 + 4000
    // It may have been read four seconds ago, so it agrees with a machine that is four seconds ahead.
    one.clock.observe(new Date(one.at.database), 0)
    one.pass(1000)
    expect(one.now()).toBe(one.at.database)
    expect(one.decide()).toBe(start + 5000)
    expect(one.faults).toEqual([])
  })

  it('keeps waiting for a database that has jumped, whatever a slow answer leaves open', () => {
    const one = world()
    one.look()
    one.at.database += 6000
    one.pass(60_000)
    // It took seven seconds, so it agrees with both times.
    one.clock.observe(new Date(one.at.database - 2000), one.at.steady - 7000)
    one.pass(59_000)
    expect(one.now()).toBe(start + 119_000)
    one.pass(2000)
    expect(one.now()).toBe(start + 121_000 + 6000)
    expect(one.faults.filter((message) => message.includes('jumped'))).toHaveLength(1)
  })

  it('keeps waiting for a database that has jumped while the machine sleeps', () => {
    const one = world()
    one.look()
    one.at.database += hour
    one.pass(minute)
    one.at.slept += 10 * minute
    one.at.wall += 10 * minute
    one.at.database += 10 * minute
    one.pass(minute)
    expect(one.now()).toBe(start + 12 * minute)
    one.pass(2000)
    expect(one.now()).toBe(start + 12 * minute + 2000 + hour)
    expect(one.faults.filter((message) => message.includes('jumped'))).toHaveLength(1)
  })

  it('waits no longer for a database that returns to a time that it agrees with', () => {
    const one = world()
    one.look()
    one.at.database += 2100
    one.pass(1000)
    expect(one.decide()).toBeUndefined()
    one.at.database -= 200
    one.pass(1000)
    expect(one.now()).toBe(one.at.database)
    expect(one.decide()).toBe(start + 2000)
  })

  it('does not warn of a difference that a slow answer does not prove', () => {
    const one = world()
    one.look()
    one.at.steady += 20_000
    one.at.wall += 20_000
    one.clock.observe(new Date(start), 0)
    one.clock.observe(new Date(start + 20_000), 0)
    expect(one.clock.differenceSeconds).toBe(0)
    one.clock.observe(new Date(start + 29_000), 0)
    expect(one.clock.differenceSeconds).toBe(-9)
    expect(one.faults.filter((message) => message.includes('clock of this machine'))).toHaveLength(1)
  })

  it('is the application’s clock if it provides one', () => {
    const one = world({ given: () => 42.5 })
    one.look()
    expect(one.clock.seconds()).toBe(42.5)
    expect(one.faults).toEqual([])
  })

  it('warns once each time the machine is off by more than the server’s own tokens allow', () => {
    const one = world()
    one.look()
    one.at.wall += 4000
    one.pass(5000)
    expect(one.faults).toEqual([])
    one.at.wall += 2000
    one.pass(5000)
    expect(one.faults).toEqual([expect.stringContaining('6 s ahead of')])
    one.at.wall -= 12_000
    one.pass(5000)
    one.at.wall += 6000
    one.pass(5000)
    one.at.wall -= 3600_000
    one.pass(5000)
    expect(one.faults).toHaveLength(2)
    expect(one.faults[1]).toContain('3600 s behind')
  })
})

describe('the time by which something is deleted for good', () => {
  type World = ReturnType<typeof world>
  const cases: [what: string, happen: (one: World) => void, isDecided: boolean][] = [
    ['while all clocks agree', () => {}, true],
    ['a machine that is off by half a minute', ({ at }) => (at.wall += 30_000), true],
    ['a machine an hour ahead', ({ at }) => (at.wall += hour), false],
    ['a machine an hour behind', ({ at }) => (at.wall -= hour), false],
    ['a machine years ahead', ({ at }) => (at.wall += 1100 * 24 * hour), false],
    ['a database an hour ahead', ({ at }) => (at.database += hour), false],
    [
      'both set forward, as with SQLite',
      ({ at, pass }) => {
        at.wall += hour
        at.database += hour
        pass(72_000)
      },
      false,
    ],
  ]
  it.each(cases)('is decided or not: %s', (_what, happen, isDecided) => {
    const one = world()
    one.look()
    one.pass(minute)
    happen(one)
    one.pass(1000)
    expect(one.decide() !== undefined).toBe(isDecided)
  })

  it('is never a time that was reached by a jump', () => {
    const one = world()
    one.look()
    one.at.wall += hour
    one.at.database += hour
    one.pass(10 * minute)
    expect(one.now()).toBe(start + hour + 10 * minute)
    expect(one.decide()).toBe(start + 10 * minute)
    one.at.wall -= 2 * hour
    one.at.database -= 2 * hour
    one.pass(10 * minute)
    expect(one.decide()).toBe(start + 20 * minute - hour)
  })

  it('is undecided until an answer was quick: what is corrected by each answer also follows a jump', () => {
    const one = world()
    const lookSlowly = () => {
      one.at.steady += 1500
      one.at.wall += 1500
      one.at.database += 1500
      one.clock.observe(new Date(one.at.database), one.at.steady - 1500)
    }
    lookSlowly()
    one.at.wall += 90 * 24 * hour
    one.at.database += 90 * 24 * hour
    lookSlowly()
    expect(one.decide()).toBeUndefined()
    one.at.wall -= 90 * 24 * hour
    one.at.database -= 90 * 24 * hour
    one.look()
    expect(one.decide()).toBe(start + 3000)
  })

  it('is undecided for an hour if no process was seen for longer than that, or was last seen in the future', () => {
    for (const before of [-1100 * 24 * hour, -2 * hour, 2 * hour]) {
      const one = world()
      one.look()
      one.clock.noteGap(new Date(start), new Date(start + before))
      one.pass(hour - 1000)
      expect(one.decide()).toBeUndefined()
      one.pass(1000)
      expect(one.decide()).toBe(start + hour)
    }
    const first = world()
    first.look()
    first.clock.noteGap(new Date(start), undefined)
    expect(first.decide()).toBe(start)
  })

  it('follows the application’s clock only if the database agrees', () => {
    const one = world({ given: () => start / 1000 + 3600 })
    one.look()
    expect(one.decide()).toBeUndefined()
    one.at.database += hour
    expect(one.decide()).toBe(start + hour)
  })
})
