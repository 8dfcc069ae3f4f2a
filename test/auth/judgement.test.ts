import { serve as listen } from '@hono/node-server'
import { JwtManager, signJws } from 'hallpass'
import type { Auth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthOptions, settle } from '../../src/accounts/options.ts'
import { assembleAuth } from '../../src/assemble.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { eventually } from '../nodes/node.ts'
import { secret } from './service.ts'

type Answer = 'valid' | 'refused'
const day = 24 * 60 * 60

/** By how many seconds the nodes, what follows them and their database are ahead of this machine. */
let ahead = 0
const clock = () => Date.now() / 1000 + ahead
/** What happens next is of a later second. */
function laterSecond(): void {
  ahead += 2
}

function start(options: AuthOptions): Promise<Auth> {
  return assembleAuth(settle(options), { readDatabaseClock: async () => new Date(clock() * 1000) })
}

/** Who judges a token. Each must come to the same answer. */
type Reader = (token: string) => Promise<Answer>

/** Takes tokens of issuers that called their users by numbers, too. */
type Manager = JwtManager<unknown, string, boolean>

describe.each(databases)('whether a token is revoked, on $name', ({ open }) => {
  let test: TestDatabase
  let auth: Auth
  let other: Auth
  let client: { id: string; secret: string }
  let server: ReturnType<typeof listen>
  let url: string
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    test = await open()
    const options = {
      database: test.url,
      keyRing: { encryptionSecret: secret },
      issuer: 'https://id.example',
      audience: 'shop',
      passwords: { memoryKiB: 64, passes: 1 },
      clock,
      // Followers wait for news until the end, when the database is closed already.
      onError: () => {},
    }
    auth = await start(options)
    other = await start(options)
    client = await auth.clients.add('shop')
    url = await new Promise((resolve) => {
      server = listen({ fetch: auth.handler, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}`),
      )
    })
  })
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()))
    server.close()
    await other.close()
    await auth.close()
    await test.drop()
  })

  async function askGuard(jwt: Manager, strict: boolean, token: string): Promise<Answer> {
    const app = new Hono().get('/', jwtRequired(jwt, strict ? { revocation: 'strict' } : {}), (c) => c.text(''))
    const { status } = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
    if (status !== 200 && status !== 401) throw new Error(`The guard answered ${status}`)
    return status === 200 ? 'valid' : 'refused'
  }

  /** A service that has only heard of the server. */
  function follow(options: { leewaySeconds?: number; clock?: () => number } = {}): Manager {
    const jwt = new JwtManager({
      keys: auth.jwt.keys,
      issuer: 'https://id.example',
      audience: 'shop',
      verifySub: false,
      revocations: { url: `${url}/auth/revocations`, clientId: client.id, clientSecret: client.secret },
      clock,
      ...options,
    })
    closing.push(() => jwt.close())
    return jwt
  }

  /** A token as an issuer wrote it that knew no better. */
  const sign = (claims: object) =>
    signJws(Buffer.from(JSON.stringify({ ...claims, jti: crypto.randomUUID() })), auth.jwt.keys, { typ: 'at+jwt' })

  /** The server's own judgement, for tokens of older issuers as well. */
  const lenient = (node: Auth) =>
    new JwtManager({
      keys: node.jwt.keys,
      issuer: 'https://id.example',
      audience: 'shop',
      verifySub: false,
      clock,
      isRevoked: node.jwt.callbacks.isRevoked as NonNullable<typeof node.jwt.callbacks.isRevoked>,
    })

  async function introspect(token: string): Promise<Answer> {
    const response = await auth.handler(
      new Request('http://localhost/auth/introspect', {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
        body: new URLSearchParams({ token }),
      }),
    )
    return ((await response.json()) as { active: boolean }).active ? 'valid' : 'refused'
  }

  async function verify(token: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` }
    const { status } = await auth.handler(new Request('http://localhost/auth/verify', { headers }))
    return status === 200 ? 'valid' : 'refused'
  }

  /** Tokens that stand for a user, and whether each ends by what happens to its session or to its user. */
  interface Tokens {
    readonly session: string
    readonly refreshed: string
    readonly application: string
    readonly 'own sid': string
    readonly long: string
    readonly number: string
  }
  interface Subject {
    readonly userId: string
    readonly refreshToken: string
    readonly tokens: Tokens
  }

  let count = 4200
  async function newSubject(): Promise<Subject> {
    const id = String(count++)
    const { user } = (
      await auth.users.importAll([{ id, username: `user ${id}`, passwordHash: `${'0'.repeat(32)}:${'0'.repeat(128)}` }])
    )[0] as { user: { id: string } }
    const session = await auth.startSession(user.id)
    const spent = await auth.startSession(user.id)
    const response = await auth.handler(
      new Request('http://localhost/auth/refresh', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token: spent.refreshToken }),
      }),
    )
    const { access_token } = (await response.json()) as { access_token: string }
    const claims = auth.jwt.decodeToken(auth.jwt.createAccessToken(user.id))
    return {
      userId: user.id,
      refreshToken: session.refreshToken,
      tokens: {
        session: session.accessToken,
        refreshed: access_token,
        application: auth.jwt.createAccessToken(user.id),
        'own sid': auth.jwt.createAccessToken(user.id, { additionalClaims: { sid: 'a name of my own' } }),
        long: auth.jwt.createAccessToken(user.id, { expiresInSeconds: 30 * day }),
        number: sign({ ...claims, sub: Number(id) }),
      },
    }
  }

  const ofSession = { session: 'refused', refreshed: 'refused' } as const
  const ofUser = { application: 'refused', 'own sid': 'refused', long: 'refused', number: 'refused' } as const
  const allValid: Readonly<Record<keyof Tokens, Answer>> = {
    session: 'valid',
    refreshed: 'valid',
    application: 'valid',
    'own sid': 'valid',
    long: 'valid',
    number: 'valid',
  }
  const sidOf = (token: string) => auth.jwt.decodeToken(token).sid as string

  const changes: [
    what: string,
    change: (subject: Subject) => Promise<unknown>,
    answers: Readonly<Partial<Record<keyof Tokens, Answer>>>,
  ][] = [
    ['nothing happened', async () => {}, {}],
    ['the roles changed', ({ userId }) => auth.users.setRoles(userId, ['clerk']), { ...ofSession, ...ofUser }],
    ['the user is disabled', ({ userId }) => auth.users.disable(userId), { ...ofSession, ...ofUser }],
    [
      'the user was disabled, and is enabled again',
      async ({ userId }) => {
        await auth.users.disable(userId)
        await auth.users.enable(userId)
      },
      { ...ofSession, ...ofUser },
    ],
    ['the user is deleted', ({ userId }) => auth.users.delete(userId), { ...ofSession, ...ofUser }],
    [
      'the password was set',
      ({ userId }) => auth.users.setPassword(userId, 'another password of some length'),
      { ...ofSession, ...ofUser },
    ],
    ['every session ended', ({ userId }) => auth.sessions.endAll(userId), ofSession],
    ['the session ended', ({ tokens }) => auth.sessions.end(sidOf(tokens.session)), { session: 'refused' }],
    [
      'one token was revoked',
      async ({ tokens }) =>
        auth.handler(
          new Request('http://localhost/auth/revoke', {
            method: 'POST',
            body: new URLSearchParams({ token: tokens.application }),
          }),
        ),
      { application: 'refused' },
    ],
    [
      'the session logged out',
      async ({ tokens }) =>
        auth.handler(
          new Request('http://localhost/auth/logout', {
            method: 'POST',
            headers: { authorization: `Bearer ${tokens.session}` },
          }),
        ),
      { session: 'refused' },
    ],
  ]

  it.each(changes)('has one answer when %s', async (_what, change, answers) => {
    const expected = { ...allValid, ...answers }
    const subject = await newSubject()
    const running = follow()
    await running.ready()
    await change(subject)
    const restarted = follow()
    // It reads tokens that have ended for others: with its leeway these last for another ten minutes.
    const { exp = 0 } = auth.jwt.decodeToken(subject.tokens.session)
    const late = follow({ leewaySeconds: 600, clock: () => exp + 500 })
    await Promise.all([restarted.ready(), late.ready()])
    const readers: Record<string, Reader> = {
      memory: (token) => askGuard(lenient(auth), false, token),
      strict: (token) => askGuard(lenient(auth), true, token),
      'another node': (token) => askGuard(lenient(other), false, token),
      'another node, strict': (token) => askGuard(lenient(other), true, token),
      follower: (token) => askGuard(running, false, token),
      'follower, strict': (token) => askGuard(running, true, token),
      'restarted follower': (token) => askGuard(restarted, false, token),
      'follower with leeway': (token) => askGuard(late, false, token),
      introspection: introspect,
      proxy: verify,
    }
    for (const [kind, token] of Object.entries(subject.tokens) as [keyof Tokens, string][]) {
      for (const [name, read] of Object.entries(readers)) {
        // By the routes a subject that is a number never passes.
        if (kind === 'number' && (name === 'introspection' || name === 'proxy')) continue
        await eventually(async () => {
          expect({ kind, name, answer: await read(token) }).toEqual({ kind, name, answer: expected[kind] })
        })
      }
    }
  })

  it('has one answer for tokens that the application signs for a user who is disabled', async () => {
    const follower = follow()
    await follower.ready()
    const hash = `${'0'.repeat(32)}:${'0'.repeat(128)}`
    const [imported] = await auth.users.importAll([
      { id: `x${count}`, username: `imported ${count}`, passwordHash: hash, disabled: true },
    ])
    const { userId } = await newSubject()
    const ids = [userId, imported?.user?.id as string]
    const answers = async (id: string) => {
      const token = auth.jwt.createAccessToken(id)
      const restarted = follow()
      await restarted.ready()
      return [
        await askGuard(lenient(auth), false, token),
        await askGuard(lenient(auth), true, token),
        await askGuard(lenient(other), false, token),
        await askGuard(follower, false, token),
        await askGuard(restarted, false, token),
        await introspect(token),
      ]
    }
    const all = (answer: Answer) => Array(6).fill(answer)
    await auth.users.disable(userId)
    for (const id of ids) await eventually(async () => expect(await answers(id)).toEqual(all('refused')))
    for (const id of ids) await auth.users.enable(id)
    // A token of the very second in which the user was disabled is refused too.
    laterSecond()
    for (const id of ids) await eventually(async () => expect(await answers(id)).toEqual(all('valid')))
    for (const id of ids) await auth.users.disable(id)
    for (const id of ids) await eventually(async () => expect(await answers(id)).toEqual(all('refused')))
    // What is left names no account, as the name of a service does.
    for (const id of ids) await auth.users.delete(id)
    laterSecond()
    for (const id of ids) await eventually(async () => expect(await answers(id)).toEqual(all('valid')))
  })

  describe('an account that is deleted, and imported again under its id', () => {
    const passwordHash = `${'0'.repeat(32)}:${'0'.repeat(128)}`
    async function importAs(id: string, how: { disabled?: boolean } = {}) {
      await auth.users.import({ id, username: `again ${id}`, passwordHash, ...how })
    }
    async function everyone(token: string, follower: JwtManager): Promise<Answer[]> {
      const restarted = follow()
      await restarted.ready()
      const [memory, elsewhere] = [lenient(auth), lenient(other)]
      return Promise.all([
        askGuard(memory, false, token),
        askGuard(memory, true, token),
        askGuard(elsewhere, false, token),
        askGuard(follower, false, token),
        askGuard(restarted, false, token),
        introspect(token),
      ])
    }
    const all = (answer: Answer) => Array(6).fill(answer)

    it('is not disabled because the one before was, and was enabled', async () => {
      const id = `again${count++}`
      const follower = follow()
      await importAs(id)
      await auth.users.disable(id)
      await auth.users.enable(id)
      await auth.users.delete(id)
      await importAs(id)
      const { accessToken } = await auth.startSession(id)
      await eventually(async () => expect(await everyone(accessToken, follower)).toEqual(all('valid')))
    })

    it.each(['import', 'command'])('is disabled by the %s, though the one before was too', async (by) => {
      const id = `again${count++}`
      const follower = follow()
      await importAs(id)
      for (let times = 0; times < 3; times++) await auth.users.disable(id)
      await auth.users.delete(id)
      await importAs(id, { disabled: by === 'import' })
      if (by === 'command') await auth.users.disable(id)
      // Of a later second: it is the standing alone that is against it.
      laterSecond()
      const token = auth.jwt.createAccessToken(id)
      await eventually(async () => expect(await everyone(token, follower)).toEqual(all('refused')))
    })
  })

  it('keeps that a user was enabled for as long as anyone may know that the user was disabled', async () => {
    const { userId } = await newSubject()
    await auth.users.disable(userId)
    await auth.users.enable(userId)
    const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    const request = new Request('http://localhost/auth/revocations?kinds=disabled', { headers: { authorization } })
    const { revocations } = (await (await auth.handler(request)).json()) as { revocations: Record<string, unknown>[] }
    expect(revocations.filter(({ id }) => id === userId)).toMatchObject([{ expires_at: 8.64e15 }])
  })

  it('a token that was revoked while its user was disabled stays revoked', async () => {
    const { userId } = await newSubject()
    await auth.users.disable(userId)
    laterSecond()
    const token = auth.jwt.createAccessToken(userId)
    const body = new URLSearchParams({ token })
    await auth.handler(new Request('http://localhost/auth/revoke', { method: 'POST', body }))
    await auth.users.enable(userId)
    for (const strict of [false, true]) expect(await askGuard(lenient(auth), strict, token)).toBe('refused')
  })

  it('a token that ends within a second is revoked as any other', async () => {
    const claims = auth.jwt.decodeToken(auth.jwt.createAccessToken('deploy-bot'))
    const token = sign({ ...claims, exp: (claims.exp ?? 0) - 1 + 0.123456 })
    const body = new URLSearchParams({ token })
    const { status } = await auth.handler(new Request('http://localhost/auth/revoke', { method: 'POST', body }))
    expect(status).toBe(200)
    for (const strict of [false, true]) expect(await askGuard(lenient(auth), strict, token)).toBe('refused')
  })

  it('has one answer for tokens of what is no user, and of nothing', async () => {
    const follower = follow()
    await follower.ready()
    const claims = auth.jwt.decodeToken(auth.jwt.createAccessToken('deploy-bot'))
    const cases: [what: string, token: string, answer: Answer][] = [
      ['a short one', auth.jwt.createAccessToken('deploy-bot'), 'valid'],
      ['a long one', auth.jwt.createAccessToken('deploy-bot', { expiresInSeconds: 30 * day }), 'refused'],
      ['a subject with NUL', sign({ ...claims, sub: 'a\0b' }), 'refused'],
      ['a session with NUL', sign({ ...claims, sid: '\0', gen: 1 }), 'refused'],
      ['an empty session', sign({ ...claims, sid: '', gen: 1 }), 'refused'],
      ['a session that is a number', sign({ ...claims, sid: 7, gen: 1 }), 'refused'],
      ['a session that is null', sign({ ...claims, sid: null, gen: 1 }), 'refused'],
      ['no time of issue, and long', sign({ ...claims, iat: undefined, exp: (claims.exp ?? 0) + 30 * day }), 'refused'],
    ]
    for (const [what, token, answer] of cases) {
      const answers = [
        await askGuard(lenient(auth), false, token),
        await askGuard(lenient(auth), true, token),
        await askGuard(follower, false, token),
        await askGuard(follower, true, token),
        await introspect(token),
      ]
      expect([what, ...answers]).toEqual([what, ...Array(5).fill(answer)])
    }
  })

  it('has one answer for long tokens that say things of other types', async () => {
    const follower = follow()
    await follower.ready()
    const { userId } = await newSubject()
    const { exp = 0, ...claims } = auth.jwt.decodeToken(auth.jwt.createAccessToken(userId))
    const cases: [claims: object, answer: Answer][] = [
      [{ sid: null }, 'refused'],
      [{ sid: null, gen: 1 }, 'refused'],
      [{ sid: 7 }, 'refused'],
      [{ sid: 'mine', gen: '1' }, 'valid'],
      [{ sid: 'mine', gen: null }, 'valid'],
    ]
    for (const [more, answer] of cases) {
      const token = sign({ ...claims, ...more, exp: exp + 30 * day })
      const answers = [
        await askGuard(lenient(auth), false, token),
        await askGuard(lenient(auth), true, token),
        await askGuard(follower, false, token).catch(String),
        await introspect(token),
      ]
      expect([more, ...answers]).toEqual([more, ...Array(4).fill(answer)])
    }
  })

  it('refuses every token of a key that was revoked', async () => {
    const subject = await newSubject()
    const follower = follow()
    await follower.ready()
    const { kid } = auth.jwt.getUnverifiedJwtHeaders(subject.tokens.session)
    await auth.keyRing?.revoke(kid as string)
    for (const token of Object.values(subject.tokens)) {
      expect(await askGuard(lenient(auth), false, token)).toBe('refused')
      expect(await askGuard(lenient(auth), true, token)).toBe('refused')
      await eventually(async () => expect(await askGuard(lenient(other), false, token)).toBe('refused'))
      await eventually(async () => expect(await askGuard(follower, false, token)).toBe('refused'))
      expect(await introspect(token)).toBe('refused')
    }
  })
})
