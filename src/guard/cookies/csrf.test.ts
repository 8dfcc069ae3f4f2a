import { describe, expect, it } from 'vitest'
import type { RequestView } from '../request/request-view.ts'
import { checkCsrfValue, checkOrigin, opensWebSocket } from './csrf.ts'

function codeOf(check: () => void): string {
  try {
    check()
    return 'accepted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const request = (headers: Readonly<Record<string, string>>) =>
  ({ header: (name: string) => headers[name] }) as RequestView

describe('a double-submit value', () => {
  const table: [claim: unknown, submitted: string, code: string][] = [
    ['a', 'a', 'accepted'],
    ['a', 'b', 'csrf_mismatch'],
    ['a', 'aa', 'csrf_mismatch'],
    ['a', '', 'csrf_mismatch'],
    ['ä', 'ä', 'accepted'],
    [undefined, 'a', 'token_claim_missing'],
    [null, 'a', 'csrf_mismatch'],
    [5, '5', 'csrf_mismatch'],
    [[97], 'a', 'csrf_mismatch'],
    [{ length: 0 }, '', 'csrf_mismatch'],
  ]
  it.each(table)('of a token with %j and a request with %j: %s', (csrf, submitted, code) => {
    expect(codeOf(() => checkCsrfValue({ csrf }, submitted))).toBe(code)
  })
})

describe('a request that opens a WebSocket', () => {
  it.each([
    [{ upgrade: 'websocket' }, true],
    [{ upgrade: 'h2c, WebSocket' }, true],
    [{ 'sec-websocket-key': 'x' }, true],
    [{ 'sec-websocket-version': '13' }, true],
    [{ upgrade: 'h2c' }, false],
    [{}, false],
  ])('%j: %s', (headers, opens) => {
    expect(opensWebSocket(request(headers as Record<string, string>))).toBe(opens)
    const fromNeighbour = { ...headers, 'sec-fetch-site': 'same-site' } as Record<string, string>
    expect(codeOf(() => checkOrigin(request(fromNeighbour), []))).toBe(opens ? 'cross_site_refused' : 'accepted')
  })
})

describe('the origin of a request', () => {
  const table: [origin: string, host: string | undefined, code: string][] = [
    ['https://app.example', 'app.example', 'accepted'],
    ['https://app.example', 'App.Example:443', 'accepted'],
    ['http://app.example:8080', 'app.example:8080', 'accepted'],
    ['http://[::1]:8080', '[::1]:8080', 'accepted'],
    ['https://app.example', 'app.example:80', 'cross_site_refused'],
    ['https://app.example', 'x@app.example', 'cross_site_refused'],
    ['https://app.example', 'app.example/', 'cross_site_refused'],
    ['https://app.example', '', 'cross_site_refused'],
    ['https://app.example', undefined, 'cross_site_refused'],
    ['null', undefined, 'cross_site_refused'],
    ['null', 'app.example', 'cross_site_refused'],
    ['', 'app.example', 'cross_site_refused'],
    ['file:///x', '', 'cross_site_refused'],
    ['https://app.example', 'app.example:99999', 'cross_site_refused'],
  ]
  it.each(table)('%s, of a server that is asked as %s: %s', (origin, host, code) => {
    const headers = { origin, ...(host !== undefined && { host }) }
    expect(codeOf(() => checkOrigin(request(headers), []))).toBe(code)
    expect(codeOf(() => checkOrigin(request(headers), [origin]))).toBe('accepted')
  })

  it('is not asked for where no browser writes one', () => {
    expect(codeOf(() => checkOrigin(request({}), []))).toBe('accepted')
    expect(codeOf(() => checkOrigin(request({ 'sec-fetch-site': 'cross-site' }), ['https://app.example']))).toBe(
      'cross_site_refused',
    )
  })
})
