import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import { RequestError } from '../../errors.ts'
import { makeOriginOf, makeOriginReader } from './origin.ts'

function contextOf(env: unknown, forwarded: string | undefined, variables: Record<string, unknown> = {}): Context {
  const header = (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined)
  return { env, req: { header }, get: (name: string) => variables[name] } as unknown as Context
}

describe('makeClientOf', () => {
  const socket = (remoteAddress: string | undefined, more: object = {}) => ({
    incoming: { socket: { remoteAddress, ...more } },
  })
  const cases: [what: string, env: unknown, trust: number, is: string | null][] = [
    ['a connection of node:http', socket('203.0.113.9'), 0, '203.0.113.9'],
    [
      'a connection that ended meanwhile and is remembered',
      socket('203.0.113.9', { destroyed: true }),
      0,
      '203.0.113.9',
    ],
    ['a proxy in front of it', socket('10.0.0.1'), 1, '198.51.100.1'],
    ['a Unix socket', socket(undefined), 0, null],
    ['a proxy in front of a Unix socket', socket(undefined), 1, '198.51.100.1'],
    ['the address that Bun or Deno reports', { address: '203.0.113.9' }, 0, '203.0.113.9'],
    ['a proxy in front of those', { address: '10.0.0.1' }, 1, '198.51.100.1'],
    ['nothing at all', undefined, 0, null],
    ['only a proxy', {}, 1, '198.51.100.1'],
    ['an address that is none', { address: 'localhost' }, 0, null],
    ['the address of a server of Bun', { address: { address: '127.0.0.1', port: 80 } }, 0, null],
    ['a request without a connection', { incoming: {} }, 0, null],
  ]
  it.each(cases)('reads %s', (_what, env, trust, is) => {
    expect(makeOriginOf(makeOriginReader(trust, () => {}))(contextOf(env, '198.51.100.1')).address).toBe(is)
  })

  const lost: [what: string, env: unknown, trust: number][] = [
    ['was reset', socket(undefined, { localAddress: '127.0.0.1', destroyed: false }), 0],
    ['was closed', socket(undefined, { destroyed: true }), 0],
    ['was reset, whatever it forwards', socket(undefined, { localAddress: '127.0.0.1' }), 1],
  ]
  it.each(lost)('refuses a connection that %s', (_what, env, trust) => {
    const refused = expect(() => makeOriginOf(makeOriginReader(trust, () => {}))(contextOf(env, '198.51.100.1')))
    refused.toThrow(RequestError)
    refused.toThrow(expect.objectContaining({ code: 'connection_lost' }))
  })

  const ids: [what: string, env: unknown, variables: Record<string, unknown>, is: string | null][] = [
    ['the id that the server gave', { requestId: 'a' }, {}, 'a'],
    ['the id of hono/request-id', {}, { requestId: 'b' }, 'b'],
    ['no id', undefined, {}, null],
    ['no object as the id', { requestId: { toString: () => 'c' } }, {}, null],
    ['a long one in part', { requestId: 'x'.repeat(1000) }, {}, 'x'.repeat(64)],
  ]
  it.each(ids)('reads %s of a request', (_what, env, variables, is) => {
    expect(makeOriginOf(makeOriginReader(0, () => {}))(contextOf(env, undefined, variables)).requestId).toBe(is)
  })

  it('warns once about an unreadable entry of a proxy, without repeating it', () => {
    const warnings: Error[] = []
    const originOf = makeOriginOf(makeOriginReader(1, (error) => warnings.push(error)))
    const addresses = ['<script>', 'unknown', '203.0.113.7', '1.2.3'].map(
      (forwarded) => originOf(contextOf(socket('10.0.0.1'), forwarded)).address,
    )
    expect(addresses).toEqual([null, null, '203.0.113.7', null])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.message).not.toContain('script')
  })
})
