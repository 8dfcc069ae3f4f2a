import * as main from 'hallpass'
import * as auth from 'hallpass/auth'
import * as client from 'hallpass/client'
import * as express from 'hallpass/express'
import * as fastify from 'hallpass/fastify'
import * as hono from 'hallpass/hono'
import * as node from 'hallpass/node'
import * as react from 'hallpass/react'
import * as testing from 'hallpass/testing'
import * as web from 'hallpass/web'
import { describe, expect, it } from 'vitest'

/** Exports of every framework's adapter. */
const shared = [
  'jwtRequired',
  'setAccessCookies',
  'setRefreshCookies',
  'unsetAccessCookies',
  'unsetJwtCookies',
  'unsetRefreshCookies',
]

/** The public API. A name that changes here breaks users' programs, so CHANGELOG.md must mention it. */
const names: [subpath: string, module: object, names: string[]][] = [
  [
    'hallpass',
    main,
    [
      'ConfigurationError',
      'HallpassError',
      'JwtManager',
      'KeySet',
      'TokenError',
      'createGuard',
      'exportJwk',
      'generateKey',
      'importKey',
      'renewedCookies',
      'signJws',
      'signToken',
      'verifyJws',
      'verifyToken',
    ],
  ],
  ['hallpass/hono', hono, ['handleTokenErrors', ...shared]],
  ['hallpass/express', express, ['authRoutes', 'handleTokenErrors', ...shared]],
  ['hallpass/fastify', fastify, ['authRoutes', 'hallpass', 'handleTokenErrors', ...shared]],
  [
    'hallpass/node',
    node,
    ['Refusal', 'authRoutes', 'renewCookies', 'requestGuard', ...shared.filter((name) => name !== 'jwtRequired')],
  ],
  ['hallpass/web', web, ['renewCookies', 'requestGuard', 'storeCookies', 'tokenErrorResponse', ...shared]],
  ['hallpass/testing', testing, ['createTestAuth', 'testToken']],
  ['hallpass/client', client, ['createClient']],
  ['hallpass/react', react, ['AuthProvider', 'useAuth', 'useSignedIn', 'useUser']],
  ['hallpass/auth', auth, ['RequestError', 'createAuth', 'openAccounts']],
]

describe('the exports', () => {
  it.each(names)('of %s are these and no others', (_subpath, module, expected) => {
    expect(Object.keys(module).sort()).toEqual(expected.toSorted())
  })
})
