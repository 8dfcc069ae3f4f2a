import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import { makeAddressOf, makeClientOf } from './client.ts'

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
    ['nobody, where no connection can be seen', 0, undefined, '198.51.100.1', null],
    ['what the one proxy was told, unseen', 1, undefined, '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['what the outer of two was told', 2, undefined, '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['nobody, where fewer proxies say anything', 2, undefined, '198.51.100.1', null],
    ['nobody, where no proxy says anything', 1, undefined, undefined, null],
    ['nobody, where it is no address', 1, undefined, '<script>', null],
    ['nobody, where unseen proxies are known by their networks', ['10.0.0.0/8'], undefined, '198.51.100.1', null],
  ]
  it.each(cases)('tells %s', (_what, trust, from, forwarded, is) => {
    expect(makeAddressOf(trust)(from, forwarded)).toBe(is)
  })
})

describe('makeClientOf', () => {
  const socket = (remoteAddress?: string) => ({ incoming: { socket: { remoteAddress } } })
  const cases: [what: string, env: unknown, trust: number, is: string | null][] = [
    ['a connection of node:http', socket('203.0.113.9'), 0, '203.0.113.9'],
    ['a proxy in front of it', socket('10.0.0.1'), 1, '198.51.100.1'],
    ['a proxy in front of a Unix socket', socket(undefined), 1, '198.51.100.1'],
    ['the address that Bun or Deno tells', { address: '203.0.113.9' }, 0, '203.0.113.9'],
    ['a proxy in front of those', { address: '10.0.0.1' }, 1, '198.51.100.1'],
    ['nothing at all', undefined, 0, null],
    ['nothing but a proxy', {}, 1, '198.51.100.1'],
  ]
  it.each(cases)('reads %s', (_what, env, trust, is) => {
    const header = (name: string) => (name === 'x-forwarded-for' ? '198.51.100.1' : undefined)
    expect(makeClientOf(trust)({ env, req: { header } } as unknown as Context).address).toBe(is)
  })
})
