import { describe, expect, it } from 'vitest'
import type { TokenErrorCode } from '../errors.ts'
import { type ClaimRules, checkAge, checkClaims, checkExpiry } from './claims.ts'

const now = 1_795_434_203

function codeOf(claims: object, rules: ClaimRules = {}): TokenErrorCode | 'accepted' {
  try {
    checkClaims(claims as never, { now, ...rules })
    checkExpiry(claims as never, { now, ...rules })
    checkAge(claims as never, { now, ...rules })
    return 'accepted'
  } catch (error) {
    return (error as { code: TokenErrorCode }).code
  }
}

describe('times', () => {
  const exp = now + 60
  const table: [why: string, claims: object, rules: ClaimRules, outcome: TokenErrorCode | 'accepted'][] = [
    ['the last millisecond before exp', { exp: now }, { now: now - 0.001 }, 'accepted'],
    ['the second it expires', { exp: now }, {}, 'token_expired'],
    ['within the leeway', { exp: now - 29 }, { leewaySeconds: 30 }, 'accepted'],
    ['at the end of the leeway', { exp: now - 30 }, { leewaySeconds: 30 }, 'token_expired'],
    ['a fraction of a second', { exp: now + 0.5 }, {}, 'accepted'],
    ['exp 0', { exp: 0 }, {}, 'token_expired'],
    ['exp −1', { exp: -1 }, {}, 'token_expired'],
    ['exp as text', { exp: '9999999999' }, {}, 'token_claim_invalid'],
    ['exp null', { exp: null }, {}, 'token_claim_invalid'],
    ['exp true', { exp: true }, {}, 'token_claim_invalid'],
    ['exp infinite, as 1e309 is', { exp: Number.POSITIVE_INFINITY }, {}, 'token_claim_invalid'],
    ['exp NaN', { exp: Number.NaN }, {}, 'token_claim_invalid'],
    ['exp beyond 2^53', { exp: 2 ** 53 + 2 }, {}, 'token_claim_invalid'],
    ['exp at 2^53 − 1', { exp: 2 ** 53 - 1 }, {}, 'accepted'],
    ['exp in a list', { exp: [exp] }, {}, 'token_claim_invalid'],
    ['no exp', {}, {}, 'token_claim_missing'],
    ['no exp, if none is required', {}, { requireExp: false }, 'accepted'],
    ['nbf now', { exp, nbf: now }, {}, 'accepted'],
    ['nbf a second ahead', { exp, nbf: now + 1 }, {}, 'token_not_yet_valid'],
    ['nbf ahead, within the leeway', { exp, nbf: now + 30 }, { leewaySeconds: 30 }, 'accepted'],
    ['nbf as text', { exp, nbf: '0' }, {}, 'token_claim_invalid'],
    ['nbf null', { exp, nbf: null }, {}, 'token_claim_invalid'],
    ['iat ahead', { exp, iat: now + 1 }, {}, 'token_not_yet_valid'],
    ['iat in milliseconds', { exp, iat: now * 1000 }, {}, 'token_not_yet_valid'],
    ['iat as text', { exp, iat: 'now' }, {}, 'token_claim_invalid'],
    ['a clock that answers NaN', { exp }, { now: Number.NaN }, 'token_expired'],
    ['a clock that answers NaN, nbf', { exp, nbf: 0 }, { now: Number.NaN }, 'token_not_yet_valid'],
    ['the year 2038', { exp: 2 ** 31 + 1, iat: 2 ** 31 }, { now: 2 ** 31 }, 'accepted'],
    ['the year 2106', { exp: 2 ** 32 + 1, iat: 2 ** 32 }, { now: 2 ** 32 }, 'accepted'],
    ['numeric text, lenient', { exp: ` ${now + 1}` }, { lenient: true }, 'accepted'],
    ['a fraction, lenient', { exp: now + 0.9 }, { lenient: true }, 'token_expired'],
    ['true, lenient', { exp: true }, { lenient: true }, 'token_expired'],
    ['letters, lenient', { exp: 'abc' }, { lenient: true }, 'token_claim_invalid'],
    ['text of a whole number and more, lenient', { exp: `${now + 1}.5` }, { lenient: true }, 'token_claim_invalid'],
    ['text that ends in a whole number, lenient', { exp: `x${now + 1}` }, { lenient: true }, 'token_claim_invalid'],
    ['empty text, lenient', { exp: '' }, { lenient: true }, 'token_claim_invalid'],
    ['text with underscores, lenient', { exp: '1_795_434_204' }, { lenient: true }, 'accepted'],
    ['a list of one number, lenient', { exp: [now + 1] }, { lenient: true }, 'token_claim_invalid'],
    ['a list of one text, lenient', { exp: [`${now + 1}`] }, { lenient: true }, 'token_claim_invalid'],
    ['infinity, lenient', { exp: Number.POSITIVE_INFINITY }, { lenient: true }, 'token_claim_invalid'],
  ]
  it.each(table)('%s', (_why, claims, rules, outcome) => {
    expect(codeOf(claims, rules)).toBe(outcome)
  })

  it.each([0, 600])('takes a leeway of %s', (leewaySeconds) => {
    expect(codeOf({ exp: now + 1 }, { leewaySeconds })).toBe('accepted')
  })

  it('are compared with the clock, in seconds, where no other time is given', () => {
    const second = Date.now() / 1000
    expect(codeOf({ exp: second + 3600 }, { now: undefined })).toBe('accepted')
    expect(codeOf({ exp: second - 3600 }, { now: undefined })).toBe('token_expired')
    expect(codeOf({ exp: second + 3600, nbf: second + 3600 }, { now: undefined })).toBe('token_not_yet_valid')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, -0.001, 600.001, 601, '30' as never, null as never])(
    'takes no leeway of %s',
    (leewaySeconds) => {
      const check = () => checkClaims({ exp: now + 60 }, { now, leewaySeconds })
      expect(check).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    },
  )
})

describe('the age of a token', () => {
  const exp = now + 60
  const table: [why: string, claims: object, rules: ClaimRules, outcome: TokenErrorCode | 'accepted'][] = [
    ['the last second', { exp, iat: now - 300 }, { maxTokenAgeSeconds: 300 }, 'accepted'],
    ['a second later', { exp, iat: now - 301 }, { maxTokenAgeSeconds: 300 }, 'token_expired'],
    ['within the leeway', { exp, iat: now - 330 }, { maxTokenAgeSeconds: 300, leewaySeconds: 30 }, 'accepted'],
    ['beyond it', { exp, iat: now - 331 }, { maxTokenAgeSeconds: 300, leewaySeconds: 30 }, 'token_expired'],
    ['no iat', { exp }, { maxTokenAgeSeconds: 300 }, 'token_claim_missing'],
    ['an iat of text', { exp, iat: `${now}` }, { maxTokenAgeSeconds: 300 }, 'token_claim_invalid'],
    ['no exp either, if none is required', { iat: 1 }, { maxTokenAgeSeconds: 300, requireExp: false }, 'token_expired'],
    ['a bound of NaN', { exp, iat: now }, { maxTokenAgeSeconds: Number.NaN }, 'token_expired'],
    ['no bound', { exp, iat: 1 }, {}, 'accepted'],
  ]
  it.each(table)('%s', (_why, claims, rules, outcome) => {
    expect(codeOf(claims, rules)).toBe(outcome)
  })
})

describe('claims that are required', () => {
  const table: [why: string, claims: object, outcome: TokenErrorCode | 'accepted'][] = [
    ['all there', { tenant: 't', level: 0 }, 'accepted'],
    ['empty or false', { tenant: '', level: false }, 'accepted'],
    ['one absent', { tenant: 't' }, 'token_claim_missing'],
    ['one of null', { tenant: 't', level: null }, 'token_claim_missing'],
  ]
  it.each(table)('%s', (_why, claims, outcome) => {
    expect(codeOf({ exp: now + 60, ...claims }, { requiredClaims: ['tenant', 'level'] })).toBe(outcome)
  })

  it('are not those of the prototype', () => {
    expect(codeOf({ exp: now + 60 }, { requiredClaims: ['constructor'] })).toBe('token_claim_missing')
  })
})

describe('parties', () => {
  const issuer = 'https://id.example'
  const table: [why: string, claims: object, rules: ClaimRules, outcome: TokenErrorCode | 'accepted'][] = [
    ['the issuer', { iss: issuer }, { issuer }, 'accepted'],
    ['one of the issuers', { iss: issuer }, { issuer: ['x', issuer] }, 'accepted'],
    ['no issuer', {}, { issuer }, 'token_claim_missing'],
    ['an issuer that is longer by a slash', { iss: `${issuer}/` }, { issuer }, 'token_issuer_mismatch'],
    ['an issuer that begins alike', { iss: 'https://id' }, { issuer }, 'token_issuer_mismatch'],
    ['an issuer in other letters', { iss: 'https://іd.example' }, { issuer }, 'token_issuer_mismatch'],
    ['an issuer in capitals', { iss: 'HTTPS://ID.EXAMPLE' }, { issuer }, 'token_issuer_mismatch'],
    ['issuers in a list', { iss: [issuer] }, { issuer }, 'token_claim_invalid'],
    ['issuers in a list, without a rule', { iss: [issuer] }, {}, 'token_claim_invalid'],
    ['an issuer of null, lenient', { iss: null }, { lenient: true }, 'accepted'],
    ['an issuer of null, lenient, where one is asked', { iss: null }, { issuer, lenient: true }, 'token_claim_invalid'],
    ['an issuer, without a rule', { iss: 'anyone' }, {}, 'accepted'],
    ['the audience', { aud: 'api' }, { audience: 'api' }, 'accepted'],
    ['a list with the audience', { aud: ['x', 'api'] }, { audience: ['api', 'y'] }, 'accepted'],
    ['no audience', {}, { audience: 'api' }, 'token_claim_missing'],
    ['an empty list', { aud: [] }, { audience: 'api' }, 'token_claim_missing'],
    ['a list of one empty audience', { aud: [''] }, { audience: 'api' }, 'token_claim_missing'],
    ['an empty audience', { aud: '' }, { audience: 'api' }, 'token_claim_missing'],
    ['an audience of null', { aud: null }, { audience: 'api' }, 'token_claim_missing'],
    ['an empty audience beside another', { aud: ['', 'x'] }, { audience: 'api' }, 'token_audience_mismatch'],
    ['a list of one other audience', { aud: ['x'] }, { audience: 'api' }, 'token_audience_mismatch'],
    ['another service', { aud: 'api2' }, { audience: 'api' }, 'token_audience_mismatch'],
    ['a part of the name', { aud: 'ap' }, { audience: 'api' }, 'token_audience_mismatch'],
    ['an audience of a number', { aud: 5 }, { audience: 'api' }, 'token_claim_invalid'],
    ['a list with a number', { aud: ['api', 5] }, { audience: 'api' }, 'token_claim_invalid'],
    ['an object', { aud: { api: true } }, {}, 'token_claim_invalid'],
    ['an audience, where none is expected', { aud: 'anyone' }, {}, 'token_audience_mismatch'],
    ['a list of them, where none is expected', { aud: ['a', 'b'] }, {}, 'token_audience_mismatch'],
    ['an audience that names no one, where none is expected', { aud: [] }, {}, 'token_audience_mismatch'],
    ['an empty audience, where none is expected', { aud: '' }, {}, 'token_audience_mismatch'],
    ['an audience of null, where none is expected', { aud: null }, {}, 'token_claim_invalid'],
    ['an audience, lenient', { aud: 'anyone' }, { lenient: true }, 'accepted'],
    ['no audience is configured, as a list', { aud: 'api' }, { audience: [] }, 'token_audience_mismatch'],
    ['the subject', { sub: 'alice' }, { subject: 'alice' }, 'accepted'],
    ['another subject', { sub: 'bob' }, { subject: 'alice' }, 'token_subject_mismatch'],
    ['a subject of a number', { sub: 5 }, {}, 'token_claim_invalid'],
    ['a subject of a number, as older issuers have it', { sub: 5 }, { verifySub: false }, 'accepted'],
    ['a subject of null', { sub: null }, {}, 'token_claim_invalid'],
    ['a jti of a number', { jti: 5 }, {}, 'token_claim_invalid'],
    ['the jti', { jti: 'a' }, { jwtId: 'a' }, 'accepted'],
    ['another jti', { jti: 'b' }, { jwtId: 'a' }, 'token_id_mismatch'],
    ['a jti, nobody asks', { jti: 'a' }, {}, 'accepted'],
    ['no jti', {}, { jwtId: 'a' }, 'token_id_mismatch'],
    ['no subject', {}, { subject: 'alice' }, 'token_subject_mismatch'],
    ['names of the prototype', { constructor: 1, toString: 2 }, {}, 'accepted'],
  ]
  it.each(table)('%s', (_why, claims, rules, outcome) => {
    expect(codeOf({ exp: now + 60, ...claims }, rules)).toBe(outcome)
  })

  it('reports a token as expired only if everything else is valid', () => {
    expect(codeOf({ exp: 1, sub: 5 })).toBe('token_claim_invalid')
    expect(codeOf({ exp: 1, iss: 'x' }, { issuer })).toBe('token_issuer_mismatch')
    expect(codeOf({ exp: 1, sub: 'alice' })).toBe('token_expired')
  })
})
