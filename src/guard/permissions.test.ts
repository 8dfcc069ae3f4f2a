import { describe, expect, it } from 'vitest'
import { generateKey } from '../token/import-key.ts'
import { KeySet } from '../token/key-set.ts'
import { createGuard } from './authenticate.ts'
import type { GuardOptions } from './guard-options.ts'
import { JwtManager } from './jwt-manager.ts'
import type { RequestView } from './request-view.ts'

const jwt = new JwtManager({ keys: new KeySet([generateKey('HS256')]) })

function requestOf(claims: Record<string, unknown>): RequestView {
  const token = jwt.createAccessToken('alice', { additionalClaims: claims })
  return {
    method: 'GET',
    header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
    query: () => undefined,
    json: async () => undefined,
    formField: async () => undefined,
  }
}

describe('roles and scopes', () => {
  const rows: [asked: GuardOptions, claims: Record<string, unknown>, passes: boolean][] = [
    [{ roles: 'admin' }, { roles: ['admin'] }, true],
    [{ roles: 'admin' }, { roles: ['reader', 'admin'] }, true],
    [{ roles: ['admin', 'editor'] }, { roles: ['editor'] }, true],
    [{ roles: 'admin' }, { roles: ['Admin'] }, false],
    [{ roles: 'admin' }, { roles: ['administrator'] }, false],
    [{ roles: 'admin' }, { roles: 'admin' }, false],
    [{ roles: 'admin' }, { roles: { admin: true } }, false],
    [{ roles: 'admin' }, { roles: [['admin']] }, false],
    [{ roles: 'admin' }, { roles: [] }, false],
    [{ roles: 'admin' }, {}, false],
    [{ scopes: 'read' }, { scope: 'read' }, true],
    [{ scopes: 'read' }, { scope: 'write read' }, true],
    [{ scopes: ['read', 'write'] }, { scope: 'write read' }, true],
    [{ scopes: ['read', 'write'] }, { scope: 'read' }, false],
    [{ scopes: 'read' }, { scope: 'reader' }, false],
    [{ scopes: 'read' }, { scope: 'read:all' }, false],
    [{ scopes: 'read' }, { scope: ['read'] }, false],
    [{ scopes: 'read' }, { scope: '' }, false],
    [{ scopes: 'read' }, {}, false],
    [{ roles: 'admin', scopes: 'read' }, { roles: ['admin'], scope: 'read' }, true],
    [{ roles: 'admin', scopes: 'read' }, { roles: ['admin'] }, false],
    [{ roles: 'admin', scopes: 'read' }, { scope: 'read' }, false],
  ]
  it.each(rows)('asked for %j, a token with %j', (asked, claims, passes) => {
    const ask = () => createGuard(jwt, asked)(requestOf(claims))
    if (passes) expect(ask()).toMatchObject({ identity: 'alice' })
    else expect(ask).toThrow(expect.objectContaining({ code: 'insufficient_scope' }))
  })

  it('tells the scopes in the challenge, as RFC 6750 section 3.1 wants it', () => {
    let answer: unknown
    try {
      createGuard(jwt, { scopes: ['orders:read', 'orders:write'] })(requestOf({}))
    } catch (error) {
      answer = jwt.answer(error as Parameters<typeof jwt.answer>[0])
    }
    expect(answer).toEqual({
      status: 403,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate':
          'Bearer error="insufficient_scope", error_description="The token lacks a required scope", scope="orders:read orders:write"',
      },
      body: { code: 'insufficient_scope', msg: 'The token lacks a required scope' },
    })
  })

  const mistakes: [options: object, says: RegExp][] = [
    [{ roles: [] }, /roles must be/],
    [{ roles: '' }, /roles must be/],
    [{ roles: 5 }, /roles must be/],
    [{ roles: ['admin', ''] }, /roles must be/],
    [{ scopes: [] }, /scopes must be/],
    [{ scopes: 'a b' }, /scopes must be/],
    [{ scopes: 'a"b' }, /scopes must be/],
    [{ scopes: 'ä' }, /scopes must be/],
    [{ role: 'admin' }, /role is not an option/],
    [{ roles: 'admin', optional: true }, /optional and roles cannot be combined/],
    [{ scopes: 'read', optional: true }, /optional and scopes cannot be combined/],
  ]
  it.each(mistakes)('cannot be asked for by %j', (options, says) => {
    expect(() => createGuard(jwt, options as GuardOptions)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringMatching(says) }),
    )
  })
})
