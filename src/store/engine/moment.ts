/** A moment on two clocks, in milliseconds: one may be set, and the other may stop while the machine sleeps. */
export interface Moment {
  readonly steady: number
  readonly wall: number
}

export function thisMoment(): Moment {
  return { steady: performance.now(), wall: Date.now() }
}

/** The time since a moment in seconds, by the clock on which more has passed. */
export function secondsSince({ steady, wall }: Moment): number {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000
}
