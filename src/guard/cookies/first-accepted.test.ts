import { afterEach, describe, expect, it } from 'vitest'
import { Issuer } from '../../../test/issuer.ts'
import { TokenError, type TokenErrorCode } from '../../errors.ts'
import { generateKey } from '../../token/keys/import-key.ts'
import type { Key } from '../../token/keys/key.ts'
import { KeySet } from '../../token/keys/key-set.ts'
import { signToken } from '../../token/sign.ts'
import { createGuard } from '../authenticate.ts'
import { JwtManager } from '../jwt-manager.ts'
import type { GuardOptions } from '../options/guard-options.ts'
import { firstAccepted } from './first-accepted.ts'

describe('of two cookies of one name', () => {
  const cases: [first: TokenErrorCode | undefined, comesTo: string][] = [
    [undefined, 'alice'],
    ['token_signature_invalid', 'bob'],
    ['token_revoked', 'bob'],
    ['csrf_mismatch', 'bob'],
    // The first is accepted, and its user may not do what the route is for: the other user is not asked.
    ['insufficient_scope', 'insufficient_scope'],
    ['token_not_fresh', 'token_not_fresh'],
    ['insufficient_user_authentication', 'insufficient_user_authentication'],
  ]
  it.each(cases)('where the first is refused as %s: %s', (first, comesTo) => {
    function outcome(): unknown {
      try {
        return firstAccepted({ token: 'alice', others: ['bob'], location: 'cookies' }, ({ token }) => {
          if (token === 'alice' && first !== undefined) throw new TokenError(first, 'refused')
          return token
        })
      } catch (error) {
        return (error as TokenError).code
      }
    }
    expect(outcome()).toBe(comesTo)
  })
})

describe('cookies whose keys are missing', () => {
  const open: (Issuer | KeySet)[] = []
  afterEach(() => {
    for (const one of open.splice(0)) one instanceof KeySet ? one.close() : one.stop()
  })

  const [known, coming] = [generateKey('ES256'), generateKey('ES256')]
  const tokenOf = (key: Key, kid = key.kid, sub = 'alice', scope = 'read') =>
    signToken({ sub, scope, exp: 4_000_000_000 }, key, { kid })

  /** What a guard says of a request with these cookies, and how many fetches that took. */
  async function ask(
    tokens: readonly string[],
    published: readonly Key[],
    options: GuardOptions = {},
  ): Promise<[outcome: string, fetches: number]> {
    const issuer = new Issuer()
    issuer.publish([known])
    const keys = KeySet.remote(await issuer.start(), { cooldownSeconds: 1000 })
    open.push(issuer, keys)
    await keys.ready()
    issuer.publish(published)
    const jwt = new JwtManager({ keys, preset: 'plain', tokenLocation: 'cookies', cookieCsrfProtect: false })
    const cookie = tokens.map((token) => `${jwt.settings.accessCookieName}=${token}`).join('; ')
    const nothing = async () => undefined
    const request = { method: 'GET', header: (name: string) => (name === 'cookie' ? cookie : undefined) }
    const view = { ...request, query: () => undefined, json: nothing, formField: nothing }
    try {
      return [String((await createGuard(jwt, options)(view))?.identity), issuer.requests - 1]
    } catch (error) {
      return [(error as TokenError).code, issuer.requests - 1]
    }
  }

  it('are waited for together: four take no longer than two', async () => {
    const tokens = ['a', 'b', 'c', 'd'].map((kid) => tokenOf(known, kid))
    // The first begins a fetch; to the others that may be too old, and they share the next.
    expect(await ask(tokens, [known])).toEqual(['token_key_unknown', 2])
  })

  it('are found where the key of a later one comes, whatever the first lacks', async () => {
    const malformed = 'x'
    expect(await ask([malformed, tokenOf(coming)], [known, coming])).toEqual(['alice', 1])
    expect(await ask([tokenOf(known, 'gone'), tokenOf(coming)], [known, coming])).toEqual(['alice', 1])
  })

  it('are not waited for where the first is accepted', async () => {
    expect(await ask([tokenOf(known)], [])).toEqual(['alice', 0])
    expect(await ask([tokenOf(known), tokenOf(known, 'gone')], [])).toEqual(['alice', 0])
  })

  it('are waited for before a later one decides, which may be another user’s', async () => {
    expect(await ask([tokenOf(known, 'gone'), tokenOf(known)], [known])).toEqual(['alice', 1])
    expect(await ask([tokenOf(coming), tokenOf(known, undefined, 'bob')], [known, coming])).toEqual(['alice', 1])
    const readers = { scopes: 'read' }
    expect(await ask([tokenOf(coming), tokenOf(known, undefined, 'bob', '')], [known, coming], readers)).toEqual([
      'alice',
      1,
    ])
  })
})
