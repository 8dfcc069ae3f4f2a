import { setTimeout as sleep } from 'node:timers/promises'
import { JwtManager, type JwtManagerCallbacks } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { testToken } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworks } from './apps.ts'
import { sendRaw } from './raw.ts'

const secret = 'a secret of more than thirty-two bytes, for tests alone'
const options = { secret, tokenLocation: ['headers', 'cookies'] } as const
const access = testToken(new JwtManager(options), { identity: 'alice' })
const headers: [string, string][] = [['Authorization', `Bearer ${access}`]]
type Callbacks = JwtManagerCallbacks<unknown, string>

/** What callbacks throw that have no error at hand, and what a framework may take for "go on", or for a word of its own. */
const reasons = [undefined, null, '', 0, false, 'route', 'router', new Error('broken')]
const names = ['loadUser', 'verifyClaims', 'isRevoked'] as const
const broken: [what: string, callbacks: Callbacks, status: number][] = names.flatMap((name) =>
  reasons.flatMap((reason): [string, Callbacks, number][] => {
    const status = name === 'isRevoked' ? 503 : 500
    const thrown = () => {
      throw reason
    }
    return [
      [`${name} throws ${reason}`, { [name]: thrown }, status],
      [`${name} rejects with ${reason}`, { [name]: () => Promise.reject(reason) }, status],
    ]
  }),
)
const isRevoked = async () => true
const answers: [what: string, answerFor: unknown][] = [
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['has a header that cannot be sent', (_: unknown, answer: object) => ({ ...answer, headers: { 'x-who': 'Łuk' } })],
  ['has a header of nothing', (_: unknown, answer: object) => ({ ...answer, headers: { 'x-who': undefined } })],
  ['comes later', async (_: unknown, answer: object) => answer],
  ['has no body', (_: unknown, answer: object) => ({ ...answer, body: undefined })],
]

describe.each(Object.entries(frameworks))('%s lets nobody in, and goes on', (_name, start) => {
  let auth: Auth
  beforeAll(async () => {
    auth = await createAuth({ database: 'sqlite::memory:', secret })
  })
  afterAll(() => auth.close())

  async function ask(callbacks: Callbacks) {
    const jwt = new JwtManager({ ...options, ...callbacks })
    const app = await start({ jwt, auth, tokens: () => ({ access, refresh: access }) })
    try {
      const answer = await sendRaw(app.port, { path: '/guarded', headers })
      // What nobody caught would come by now.
      await sleep(1)
      return { ...answer, again: (await sendRaw(app.port, { path: '/decode' })).status }
    } finally {
      await app.close()
    }
  }

  it.each(broken)('where %s', async (_what, callbacks, status) => {
    const { body, ...answer } = await ask(callbacks)
    expect(answer.status).toBe(status)
    expect(body).not.toContain('identity')
  })

  it.each(answers)('where the answer of the application %s', async (_what, answerFor) => {
    for (const revoked of [isRevoked, () => true]) {
      const { status, body } = await ask({ isRevoked: revoked, answerFor: answerFor as Callbacks['answerFor'] & {} })
      expect([200, 204]).not.toContain(status)
      expect(body).not.toContain('identity')
    }
  })

  it('where the answer of the application has a type of its own', async () => {
    const { status, headers } = await ask({
      isRevoked,
      answerFor: (_error, answer) => ({
        ...answer,
        headers: { ...answer.headers, 'Content-Type': 'application/problem+json' },
      }),
    })
    expect([status, headers['content-type']]).toEqual([401, 'application/problem+json'])
  })
})
