import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { JwtManager } from '../../../guard/jwt-manager.ts'
import type { Moment } from '../../../store/engine/moment.ts'
import type { TokenSubject } from '../../../store/sessions/token-subjects.ts'
import type { SessionParts } from '../parts.ts'
import { createSessionToken } from './access-token.ts'

const jwt = new JwtManager({ secret: 'x'.repeat(32) })
const lifetime = 900

describe('the access token of a session', () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }))
  afterAll(() => void vi.useRealTimers())

  // While a machine sleeps, only the wall clock continues. A clock that was set back must not lengthen a token.
  const cases: [since: string, steady: number, wall: number, result: number | string][] = [
    ['nothing', 0, 0, lifetime],
    ['a minute', 60, 60, lifetime - 60],
    ['a minute of sleep', 0, 60, lifetime - 60],
    ['a minute in which the clock was set back', 60, -3600, lifetime - 60],
    ['an hour of sleep', 0, 3600, 'unavailable'],
  ]
  it.each(cases)(
    'lives no longer than one lifetime after its subject was read: %s',
    async (_since, steady, wall, result) => {
      const readAt = { steady: performance.now() - steady * 1000, wall: Date.now() - wall * 1000 }
      expect(await lifeOf(readAt)).toBe(result)
    },
  )
})

/** How long the token lives in seconds, or the code of the refusal. */
async function lifeOf(readAt: Moment): Promise<number | string> {
  const parts = { jwt, gate: { mfaRoles: [] as string[] }, lifetimes: { accessTokenSeconds: lifetime } } as unknown
  const session = { id: 's', userId: 'u', amr: ['pwd'], generation: 0 }
  const subject = { roles: [], session, readAt } as unknown as TokenSubject
  const how = { fresh: false, authenticatedAt: new Date() }
  try {
    const { exp = 0, iat = 0 } = jwt.verify(await createSessionToken(parts as SessionParts, subject, how)).claims
    return exp - iat
  } catch (error) {
    return (error as { code: string }).code
  }
}
