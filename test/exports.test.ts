import * as main from 'hallpass'
import * as auth from 'hallpass/auth'
import * as hono from 'hallpass/hono'
import { describe, expect, it } from 'vitest'

/** The public face. A name that changes here breaks somebody's program: it goes into CHANGELOG.md. */
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
  [
    'hallpass/hono',
    hono,
    [
      'handleTokenErrors',
      'jwtRequired',
      'setAccessCookies',
      'setRefreshCookies',
      'unsetAccessCookies',
      'unsetJwtCookies',
      'unsetRefreshCookies',
    ],
  ],
  ['hallpass/auth', auth, ['RequestError', 'createAuth', 'openAccounts']],
]

describe('the exports', () => {
  it.each(names)('of %s are these and no others', (_subpath, module, expected) => {
    expect(Object.keys(module).sort()).toEqual(expected)
  })
})
