import { describe, expect, it } from 'vitest'
import { RequestError, TokenError } from '../errors.ts'
import { type AnswerStyle, answerToProxy, problem, requestProblem, statusOf } from './problem.ts'

const usual: AnswerStyle = { answers: 'rfc6750', errorMessageKey: 'msg', headerType: 'Bearer' }
const flask: AnswerStyle = { ...usual, answers: 'flask', errorMessageKey: 'message', headerType: 'JWT' }
const expired = new TokenError('token_expired', 'Token has expired')

describe('the answer to a rejected token', () => {
  it('has the code, the message and the challenge, and is stored nowhere', () => {
    expect(problem(expired, usual)).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': 'Bearer error="invalid_token", error_description="Token has expired"',
      },
      body: { code: 'token_expired', msg: 'Token has expired' },
    })
  })

  it('has the status and the members of Flask-JWT-Extended with its preset', () => {
    const malformed = new TokenError('token_malformed', 'Not enough segments')
    expect(problem(malformed, usual).status).toBe(401)
    expect(problem(malformed, flask)).toEqual({
      status: 422,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': 'JWT error="invalid_token", error_description="Not enough segments"',
      },
      body: { message: 'Not enough segments' },
    })
  })

  const challenges: [error: TokenError, style: AnswerStyle, challenge: string | undefined][] = [
    [new TokenError('token_missing', 'x'), usual, 'Bearer'],
    [new TokenError('token_missing', 'x'), { ...usual, headerType: '' }, 'Bearer'],
    [expired, { ...usual, headerType: '' }, 'Bearer error="invalid_token", error_description="Token has expired"'],
    [new TokenError('claims_refused', 'x'), usual, undefined],
    [new TokenError('csrf_missing', 'x'), usual, undefined],
    [new TokenError('csrf_missing', 'x'), flask, 'JWT'],
    [
      new TokenError('insufficient_scope', 'x', { scope: 'a b' }),
      usual,
      'Bearer error="insufficient_scope", error_description="x", scope="a b"',
    ],
    [
      new TokenError('insufficient_user_authentication', 'x', { acrValues: 'aal2', maxAgeSeconds: 0 }),
      usual,
      'Bearer error="insufficient_user_authentication", error_description="x", acr_values="aal2", max_age="0"',
    ],
    [
      new TokenError('token_expired', `"\\é\r\n${'x'.repeat(300)}`),
      usual,
      `Bearer error="invalid_token", error_description="''???${'x'.repeat(195)}"`,
    ],
  ]
  it.each(challenges)('challenges %o', (error, style, challenge) => {
    expect(problem(error, style).headers['www-authenticate']).toBe(challenge)
  })

  it('asks to try again where that helps', () => {
    const { status, headers, body } = problem(new TokenError('keys_unavailable', 'x'), usual)
    expect([status, headers['retry-after'], body.retry_after]).toEqual([503, '1', 1])
    expect(problem(expired, usual).headers).not.toHaveProperty('retry-after')
  })
})

describe('the answer to a rejected request', () => {
  it('has no more than the code and the message where there is no more', () => {
    expect(requestProblem(new RequestError('not_found', 'x'), usual)).toEqual({
      status: 404,
      headers: { 'cache-control': 'no-store' },
      body: { code: 'not_found', msg: 'x' },
    })
  })

  it('has what the client can do next', () => {
    const members = [{ member: 'email', msg: 'y' }]
    const details = { members, retryAfterSeconds: 1.2, allow: ['GET', 'POST'], next: { mfa_token: 't' } }
    expect(requestProblem(new RequestError('rate_limited', 'x', details), usual)).toEqual({
      status: 429,
      headers: { 'cache-control': 'no-store', 'retry-after': '2', allow: 'GET, POST' },
      body: { code: 'rate_limited', msg: 'x', members, retry_after: 2, mfa_token: 't' },
    })
  })

  it('asks to try again after a second, or when it is said', () => {
    const retryOf = (details: object) => {
      const { headers, body } = requestProblem(new RequestError('unavailable', 'x', details), usual)
      return [headers['retry-after'], body.retry_after]
    }
    expect([retryOf({}), retryOf({ retryAfterSeconds: 5 }), retryOf({ retryAfterSeconds: 0 })]).toEqual([
      ['1', 1],
      ['5', 5],
      ['0', 0],
    ])
  })

  it('has the names that clients of OAuth expect', () => {
    const { status, headers, body } = requestProblem(new RequestError('invalid_client', 'x'), usual)
    expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="hallpass"'])
    expect(body).toEqual({ code: 'invalid_client', msg: 'x', error: 'invalid_client', error_description: 'x' })
    expect(requestProblem(new RequestError('form_invalid', 'x'), usual).body).toMatchObject({
      error: 'invalid_request',
    })
    expect(requestProblem(new RequestError('invalid_json', 'x'), usual).body).not.toHaveProperty('error')
  })

  it('has the status of its code', () => {
    expect([statusOf('token_expired'), statusOf('username_taken')]).toEqual([401, 409])
  })
})

describe('the answer to a proxy', () => {
  const answer = (status: number) => ({ status, headers: { 'x-from': 'hallpass' }, body: { code: 'x' } })
  const table: [status: number, headerType: string, answered: number, challenge: string | undefined][] = [
    [400, 'Bearer', 401, 'Bearer'],
    [401, 'JWT', 401, 'JWT'],
    [404, '', 401, 'Bearer'],
    [422, 'Bearer', 401, 'Bearer'],
    [499, 'Bearer', 401, 'Bearer'],
    [403, 'Bearer', 403, undefined],
    [500, 'Bearer', 500, undefined],
    [503, 'Bearer', 503, undefined],
  ]
  it.each(table)('of %i with %j: %i', (status, headerType, answered, challenge) => {
    expect(answerToProxy(answer(status), { ...usual, headerType })).toEqual({
      status: answered,
      headers: { 'x-from': 'hallpass', ...(challenge !== undefined && { 'www-authenticate': challenge }) },
      body: { code: 'x' },
    })
  })

  it('keeps a challenge that says more', () => {
    const told = problem(expired, usual)
    expect(answerToProxy(told, usual)).toEqual(told)
  })
})
