import { setTimeout as sleep } from 'node:timers/promises'
import { JwtManager, type JwtManagerCallbacks } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { testToken } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, frameworks } from './apps.ts'
import { sendRaw } from './raw.ts'

const secret = 'a secret of more than thirty-two bytes, for tests alone'
const options = { secret, tokenLocation: ['headers', 'cookies'] } as const
const access = testToken(new JwtManager(options), { identity: 'alice' })
const headers: [string, string][] = [['Authorization', `Bearer ${access}`]]
type Callbacks = JwtManagerCallbacks<unknown, string>

/** Values other than errors that callbacks throw, and values that a framework may take for "continue" or a keyword. */
const reasons = [undefined, null, '', 0, false, 'route', 'router', new Error('broken')]
const names = ['loadUser', 'verifyClaims', 'isRevoked'] as const
/** The callbacks of an app do what the current row says: a new app for each row would be most of the work. */
let thrown: () => unknown
let answered: Callbacks['answerFor'] & {}
const broken: [what: string, callbacks: Callbacks, fail: () => unknown, status: number][] = names.flatMap((name) => {
  const status = name === 'isRevoked' ? 503 : 500
  const callbacks: Callbacks = { [name]: () => thrown() }
  return reasons.flatMap((reason): typeof broken => [
    [
      `${name} throws ${reason}`,
      callbacks,
      () => {
        throw reason
      },
      status,
    ],
    [`${name} rejects with ${reason}`, callbacks, () => Promise.reject(reason), status],
  ])
})
const answerFor: Callbacks['answerFor'] = (...given) => answered(...given)
/** Revocation checked asynchronously, and synchronously. */
const revoking: Callbacks[] = [
  { isRevoked: async () => true, answerFor },
  { isRevoked: () => true, answerFor },
]
const answers: [what: string, answerFor: unknown][] = [
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['has a header that cannot be sent', (_: unknown, answer: object) => ({ ...answer, headers: { 'x-who': 'Łuk' } })],
  ['has an undefined header', (_: unknown, answer: object) => ({ ...answer, headers: { 'x-who': undefined } })],
  ['is a promise', async (_: unknown, answer: object) => answer],
  ['has no body', (_: unknown, answer: object) => ({ ...answer, body: undefined })],
]

describe.each(Object.entries(frameworks))('%s rejects the request, and continues to serve', (_name, start) => {
  let auth: Auth
  const apps = new Map<Callbacks, Promise<App>>()
  beforeAll(async () => {
    auth = await createAuth({ database: 'sqlite::memory:', secret })
  })
  afterAll(async () => {
    for (const app of apps.values()) await (await app).close()
    await auth.close()
  })

  function appWith(callbacks: Callbacks): Promise<App> {
    const jwt = new JwtManager({ ...options, ...callbacks })
    const app = apps.get(callbacks) ?? start({ jwt, auth, tokens: () => ({ access, refresh: access }) })
    apps.set(callbacks, app)
    return app
  }

  async function ask(callbacks: Callbacks) {
    const { port } = await appWith(callbacks)
    const answer = await sendRaw(port, { path: '/guarded', headers })
    // An unhandled rejection would arrive by now.
    await sleep(1)
    return { ...answer, again: (await sendRaw(port, { path: '/decode' })).status }
  }

  it.each(broken)('if %s', async (_what, callbacks, fail, status) => {
    thrown = fail
    const { body, ...answer } = await ask(callbacks)
    expect(answer.status).toBe(status)
    expect(body).not.toContain('identity')
  })

  it.each(answers)('if the answer of the application %s', async (_what, answerFor) => {
    answered = answerFor as Callbacks['answerFor'] & {}
    for (const callbacks of revoking) {
      const { status, body } = await ask(callbacks)
      expect([200, 204]).not.toContain(status)
      expect(body).not.toContain('identity')
    }
  })

  it('if the answer of the application has a content type of its own', async () => {
    answered = (_error, answer) => ({
      ...answer,
      headers: { ...answer.headers, 'Content-Type': 'application/problem+json' },
    })
    const { status, headers } = await ask(revoking[0] as Callbacks)
    expect([status, headers['content-type']]).toEqual([401, 'application/problem+json'])
  })
})
