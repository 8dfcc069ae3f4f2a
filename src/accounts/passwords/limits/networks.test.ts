import { describe, expect, it } from 'vitest'
import { isSamePlace, networksOf, widestOf } from './networks.ts'

describe('networksOf', () => {
  const cases: [what: string, address: string | null, is: string[]][] = [
    ['IPv4', '203.0.113.7', ['203.0.113.7']],
    ['IPv4 inside IPv6', '::ffff:203.0.113.7', ['203.0.113.7']],
    ['NAT64', '64:ff9b::cb00:7107', ['203.0.113.7']],
    ['NAT64, written with IPv4', '64:ff9b::203.0.113.7', ['203.0.113.7']],
    ['6to4', '2002:cb00:7107:1::1', ['203.0.113.7']],
    ['IPv6', '2001:db8:aaaa:bbcc::1', ['20010db8aaaabbcc/64', '20010db8aaaabb/56', '20010db8aaaa/48']],
    [
      'IPv6 in another spelling',
      '2001:DB8:AAAA:BBCC:0:0:0:1',
      ['20010db8aaaabbcc/64', '20010db8aaaabb/56', '20010db8aaaa/48'],
    ],
    ['IPv6 with a zone', 'fe80::1%eth0', ['fe80000000000000/64', 'fe800000000000/56', 'fe8000000000/48']],
    ['an unknown address', null, ['unseen']],
    ['text that is no address', 'localhost', ['unseen']],
  ]
  it.each(cases)('counts %s', (_what, address, is) => {
    const networks = networksOf(address)
    expect(networks.map(({ name }) => name)).toEqual(is)
    expect(networks.map(({ share }) => share)).toEqual([...networks.map(({ share }) => share)].sort((a, b) => a - b))
    expect(widestOf(networks)).toBe(is.at(-1))
  })

  it('recognises a place, but never an unknown one', () => {
    expect(isSamePlace(networksOf('2001:db8:1:2::3'), '2001:db8:1:2::4')).toBe(true)
    expect(isSamePlace(networksOf('2001:db8:1:2::3'), '2001:db8:1:3::3')).toBe(false)
    expect(isSamePlace(networksOf('64:ff9b::203.0.113.7'), '203.0.113.7')).toBe(true)
    expect(isSamePlace(networksOf(null), 'localhost')).toBe(false)
  })
})
