import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import { makeAddressOf, makeClientOf } from './client.ts'

function request(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return { socket: { remoteAddress }, connection: { remoteAddress }, headers } as unknown as IncomingMessage
}

describe('makeAddressOf', () => {
  const cases: [
    what: string,
    trust: number | string[],
    from: string | undefined,
    forwarded: string | undefined,
    is: string | null,
  ][] = [
    ['the connection', 0, '203.0.113.9', undefined, '203.0.113.9'],
    ['the connection, whatever is forwarded', 0, '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['what one proxy says', 1, '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the last word where more was sent', 1, '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['what the outer of two proxies says', 2, '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['what a proxy of our network says', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a stranger, whatever it forwards', ['10.0.0.0/8'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['the first that is not ours', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['IPv4 inside of IPv6', 0, '::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['IPv6 in one spelling', 0, '2001:DB8:0:0::1', undefined, '2001:db8::1'],
    ['the proxy, where it forwards no address', 1, '10.0.0.1', 'unknown', '10.0.0.1'],
    ['the proxy, where it forwards markup', 1, '10.0.0.1', '<script>', '10.0.0.1'],
    ['nobody, once the connection is gone', 0, undefined, undefined, null],
  ]
  it.each(cases)('tells %s', (_what, trust, from, forwarded, is) => {
    expect(makeAddressOf(trust)(request(from, forwarded))).toBe(is)
  })
})

describe('makeClientOf, where no connection can be seen', () => {
  const cases: [what: string, trust: number | string[], forwarded: string | undefined, is: string | null][] = [
    ['nobody', 0, '198.51.100.1', null],
    ['what the one proxy was told', 1, '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['what the outer of two was told', 2, '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['nobody, where fewer proxies say anything', 2, '198.51.100.1', null],
    ['nobody, where no proxy says anything', 1, undefined, null],
    ['nobody, where it is no address', 1, '<script>', null],
    ['nobody, where proxies are known by their networks', ['10.0.0.0/8'], '198.51.100.1', null],
  ]
  it.each(cases)('tells %s', (_what, trust, forwarded, is) => {
    const header = (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined)
    expect(makeClientOf(trust)({ req: { header } } as unknown as Context).address).toBe(is)
  })
})
