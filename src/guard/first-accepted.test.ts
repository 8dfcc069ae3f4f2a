import { describe, expect, it } from 'vitest'
import { TokenError, type TokenErrorCode } from '../errors.ts'
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
