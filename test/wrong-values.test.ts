import express from 'express'
import fastify from 'fastify'
import {
  createGuard,
  exportJwk,
  generateKey,
  HallpassError,
  importKey,
  JwtManager,
  KeySet,
  signJws,
  signToken,
  TokenError,
  verifyJws,
  verifyToken,
} from 'hallpass'
import { createAuth, openAccounts } from 'hallpass/auth'
import * as onExpress from 'hallpass/express'
import * as onFastify from 'hallpass/fastify'
import * as onHono from 'hallpass/hono'
import * as onNode from 'hallpass/node'
import { createTestAuth, testToken } from 'hallpass/testing'
import * as onWeb from 'hallpass/web'
import { afterAll, describe, expect, it } from 'vitest'

// What a program in JavaScript, or one with `any`, passes by mistake. Each must be answered with an error of hallpass, or
// work; none may leave a route or a token weaker than it looks.

const wrong: [what: string, make: () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['an empty string', () => ''],
  ['text', () => 'abc'],
  ['0', () => 0],
  ['NaN', () => Number.NaN],
  ['a list', () => []],
  ['an object', () => ({})],
  ['a promise', () => Promise.resolve({})],
  ['a function', () => () => {}],
]

const key = generateKey('HS256')
const jwt = new JwtManager({ keys: new KeySet([key]), tokenLocation: ['headers', 'cookies'] })
const token = jwt.createAccessToken('alice')
const auth = await createTestAuth()
const response = {
  statusCode: 200,
  header() {},
  append() {},
  set() {},
  setHeader() {},
  appendHeader() {},
  getHeader() {},
}
const options = ['undefined', 'an object']

afterAll(() => auth.close())

/** Any value, so that the compiler does not refuse what this tests. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Wrong = any

/** Each with the values that it accepts. */
const functions: [name: string, call: (value: Wrong) => unknown, accepted: string[]][] = [
  ['createGuard', (value) => createGuard(value), []],
  ['createGuard, options', (value) => createGuard(jwt, value), options],
  ['exportJwk', (value) => exportJwk(value, { private: true }), []],
  ['generateKey', (value) => generateKey(value), []],
  ['importKey', (value) => importKey(value), []],
  ['importKey, secret', (value) => importKey({ secret: value }), []],
  ['KeySet', (value) => new KeySet(value), ['undefined', 'a list']],
  ['KeySet, options', (value) => new KeySet([key], value), options],
  ['KeySet.replace', (value) => new KeySet([key]).replace(value), ['a list']],
  ['KeySet.add', (value) => new KeySet().add(value), []],
  ['KeySet.remote', (value) => KeySet.remote(value), []],
  ['KeySet.remote, options', (value) => KeySet.remote('https://id.invalid', value).close(), options],
  ['JwtManager', (value) => new JwtManager(value), []],
  ['JwtManager, keys', (value) => new JwtManager({ keys: value }), []],
  ['signToken', (value) => signToken(value, key), ['an object']],
  ['signToken, keys', (value) => signToken({ sub: 'alice' }, value), []],
  ['signToken, header', (value) => signToken({ sub: 'alice' }, key, value), options],
  ['signToken, rules', (value) => signToken({ sub: 'alice' }, key, {}, value), options],
  ['signJws', (value) => signJws(value, key), ['an empty string', 'text']],
  ['signJws, keys', (value) => signJws('', value), []],
  ['signJws, header', (value) => signJws('', key, value), options],
  ['verifyToken', (value) => verifyToken(value, key), []],
  ['verifyToken, keys', (value) => verifyToken(token, value), []],
  ['verifyToken, rules', (value) => verifyToken(token, key, value), options],
  ['verifyJws', (value) => verifyJws(value, key), []],
  ['verifyJws, keys', (value) => verifyJws(token, value), []],
  ['createAccessToken', (value) => jwt.createAccessToken(value), ['text']],
  ['createAccessToken, options', (value) => jwt.createAccessToken('alice', value), options],
  ['createRefreshToken, options', (value) => jwt.createRefreshToken('alice', value), options],
  ['renewAccessToken', (value) => jwt.renewAccessToken(value), []],
  ['decodeToken', (value) => jwt.decodeToken(value), []],
  ['decodeToken, options', (value) => jwt.decodeToken(token, value), options],
  ['verify', (value) => jwt.verify(value), []],
  ['verify, options', (value) => jwt.verify(token, value), options],
  ['getJti', (value) => jwt.getJti(value), []],
  ['getCsrfToken', (value) => jwt.getCsrfToken(value), []],
  ['getUnverifiedJwtHeaders', (value) => jwt.getUnverifiedJwtHeaders(value), []],
  ['accessCookies', (value) => jwt.accessCookies(value), []],
  ['accessCookies, options', (value) => jwt.accessCookies(token, value), options],
  ['refreshCookies, options', (value) => jwt.refreshCookies(token, value), options],
  ['unsetAccessCookies', (value) => jwt.unsetAccessCookies(value), options],
  ['unsetRefreshCookies', (value) => jwt.unsetRefreshCookies(value), options],
  ['answer', (value) => jwt.answer(value), []],
  ...[onHono, onExpress, onFastify, onNode, onWeb].flatMap((adapter): typeof functions => {
    const guard = 'requestGuard' in adapter ? adapter.requestGuard : adapter.jwtRequired
    const target: Wrong = adapter === onWeb ? new Headers() : response
    return [
      ['the guard of a framework', (value) => guard(value), []],
      ['the guard of a framework, options', (value) => guard(jwt, value), options],
      ['setAccessCookies', (value) => adapter.setAccessCookies(value, jwt, token), []],
      ['setAccessCookies, jwt', (value) => adapter.setAccessCookies(target, value, token), []],
      ['setRefreshCookies, jwt', (value) => adapter.setRefreshCookies(target, value, token), []],
      ['unsetAccessCookies', (value) => adapter.unsetAccessCookies(value, jwt), []],
      ['unsetAccessCookies, jwt', (value) => adapter.unsetAccessCookies(target, value), []],
      ['unsetRefreshCookies, jwt', (value) => adapter.unsetRefreshCookies(target, value), []],
      ['unsetJwtCookies, jwt', (value) => adapter.unsetJwtCookies(target, value), []],
    ]
  }),
  ...[onHono, onExpress, onFastify].map((adapter): (typeof functions)[number] => {
    return ['handleTokenErrors', (value) => adapter.handleTokenErrors(value), []]
  }),
  ['authRoutes of Express', (value) => onExpress.authRoutes(value), []],
  ['authRoutes of node:http', (value) => onNode.authRoutes(value, '/auth'), []],
  ['authRoutes of node:http, path', (value) => onNode.authRoutes(auth, value), ['an empty string', 'text']],
  ['authRoutes of Fastify', (value) => fastify().register(onFastify.authRoutes, { auth: value, prefix: '/a' }), []],
  ['the plugin of Fastify', (value) => fastify().register(onFastify.hallpass, { jwt: value }), []],
  ['renewCookies of node:http', (value) => onNode.renewCookies(value, jwt, undefined), []],
  ['renewCookies of node:http, jwt', (value) => onNode.renewCookies(response as Wrong, value, undefined), []],
  ['a guard of requests', (value) => onWeb.requestGuard(jwt)(value), []],
  ['jwtRequired of requests', (value) => onWeb.jwtRequired(value), []],
  ['renewCookies of a response', (value) => onWeb.renewCookies(value, jwt, undefined), []],
  ['renewCookies of a response, jwt', (value) => onWeb.renewCookies(new Response(), value, undefined), []],
  ['tokenErrorResponse', (value) => onWeb.tokenErrorResponse(value, new TokenError('token_missing', '')), []],
  ['storeCookies', (value) => onWeb.storeCookies(value, ['a=b']), []],
  ['storeCookies, cookies', (value) => onWeb.storeCookies(new Map(), value), ['a list']],
  ['createAuth', (value) => createAuth(value), []],
  ['openAccounts', (value) => openAccounts(value), []],
  ['testToken', (value) => testToken(value, { identity: 'alice' }), []],
  ['testToken, options', (value) => testToken(jwt, value), []],
  ['testToken, identity', (value) => testToken(jwt, { identity: value }), ['text']],
  ['testToken, claims', (value) => testToken(jwt, { identity: 'alice', claims: value }), options],
  ['createTestAuth', async (value) => (await createTestAuth(value)).close(), options],
  ['login of a test', (value) => auth.login('alice', value), options],
  ['clock.advance', (value) => auth.clock.advance(value), ['0']],
  ['getSession', (value) => auth.getSession(value), ['a list', 'an object', 'a promise']],
  ['startSession, origin', (value) => auth.startSession('', value), []],
  ['startSession, options', (value) => auth.startSession('', {}, value), []],
  ['handler', (value) => auth.handler(value), []],
  ['handlerAt', (value) => auth.handlerAt(value), ['an empty string', 'text']],
  ['users.add', (value) => auth.users.add(value), []],
  ['users.importAll', (value) => auth.users.importAll(value), ['a list']],
]

describe('a value of another type', () => {
  it.each(functions)('is refused by %s', async (_name, call, accepted) => {
    const outcomes: unknown[] = []
    for (const [what, make] of wrong) {
      try {
        await call(make())
        outcomes.push([what, 'accepted'])
      } catch (error) {
        outcomes.push([what, error instanceof HallpassError ? 'refused' : String(error)])
      }
    }
    expect(outcomes).toEqual(wrong.map(([what]) => [what, accepted.includes(what) ? 'accepted' : 'refused']))
  })
})

describe('an option with an unknown name', () => {
  const misspelt: [name: string, call: (value: Wrong) => unknown][] = [
    ['createGuard', (value) => createGuard(jwt, value)],
    ['JwtManager', (value) => new JwtManager({ keys: new KeySet([key]), ...value })],
    ['KeySet', (value) => new KeySet([key], value)],
    ['KeySet.remote', (value) => KeySet.remote('https://id.invalid', value)],
    ['signToken', (value) => signToken({ sub: 'alice' }, key, {}, value)],
    ['verifyToken', (value) => verifyToken(token, key, value)],
    ['createAccessToken', (value) => jwt.createAccessToken('alice', value)],
    ['createRefreshToken', (value) => jwt.createRefreshToken('alice', value)],
    ['decodeToken', (value) => jwt.decodeToken(token, value)],
    ['verify', (value) => jwt.verify(token, value)],
    ['accessCookies', (value) => jwt.accessCookies(token, value)],
    ['refreshCookies', (value) => jwt.refreshCookies(token, value)],
    ['unsetAccessCookies', (value) => jwt.unsetAccessCookies(value)],
    ['unsetRefreshCookies', (value) => jwt.unsetRefreshCookies(value)],
    ['testToken', (value) => testToken(jwt, { identity: 'alice', ...value })],
    ['login of a test', (value) => auth.login('alice', value)],
    ['startSession', (value) => auth.startSession('', {}, value)],
  ]
  it.each(misspelt)('is refused by %s', async (_name, call) => {
    const refusal = await (async () => call({ audiance: 'api' }))().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'option_invalid', message: expect.stringContaining('audiance') })
  })

  it('is not one that all objects of the program have', () => {
    const everywhere = Object.prototype as Wrong
    everywhere.extended = true
    try {
      expect(verifyToken(token, key, { requireExp: true })).toMatchObject({ sub: 'alice' })
    } finally {
      delete everywhere.extended
    }
  })

  it('is one that another function accepts', () => {
    expect(() => jwt.decodeToken(token, { fresh: true } as Wrong)).toThrow('fresh is not an option')
  })
})

describe('what is not awaited', () => {
  const unawaited: [what: string, call: () => unknown][] = [
    ['the jwt of createAuth', () => onHono.jwtRequired((Promise.resolve(auth) as Wrong).jwt)],
    ['createAuth, as a manager', () => onExpress.jwtRequired(Promise.resolve(auth) as Wrong)],
    ['createAuth, for its routes', () => express().use('/auth', onExpress.authRoutes(Promise.resolve(auth) as Wrong))],
    ['the jwt of createTestAuth', () => testToken((Promise.resolve(auth) as Wrong).jwt, { identity: 'alice' })],
    // Its rejection must not end the process.
    ['options', () => onNode.requestGuard(jwt, Promise.reject(new Error()) as Wrong)],
    ['the cookies of Next.js', () => onWeb.storeCookies(Promise.resolve(new Map()) as Wrong, ['a=b'])],
  ]
  it.each(unawaited)('is named: %s', (_what, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'option_invalid', message: expect.stringMatching(/await/) }))
  })

  it('is another mistake than passing the result of createAuth for its jwt', () => {
    expect(() => onHono.jwtRequired(auth as Wrong)).toThrow(/^jwtRequired requires a JwtManager.* pass its jwt$/)
  })
})
