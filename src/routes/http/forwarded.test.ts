import { describe, expect, it } from 'vitest'
import { makeAddressOf, makeProxyCheck } from './forwarded.ts'

describe('makeOriginOf', () => {
  const unseen = 'unseen'
  const unreadable = 'unreadable'
  const cases: [
    what: string,
    trust: number | string[],
    from: string | undefined,
    forwarded: string | undefined,
    is: string,
  ][] = [
    ['the connection', 0, '203.0.113.9', undefined, '203.0.113.9'],
    ['the connection, whatever is forwarded', 0, '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['the connection, whatever nonsense is forwarded', 0, '203.0.113.9', '<script>', '203.0.113.9'],
    ['what one proxy says', 1, '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the last entry if more were sent', 1, '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['the last entry, whatever nonsense was sent before', 1, '10.0.0.1', '<script>,, 198.51.100.1', '198.51.100.1'],
    ['what the outer of two proxies says', 2, '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['what a proxy of our network says', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a stranger, whatever it forwards', ['10.0.0.0/8'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['the first that is not ours', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['a machine of our network that forwards nothing', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
    ['IPv4 inside IPv6', 0, '::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['IPv6 in one spelling', 0, '2001:DB8:0:0::1', undefined, '2001:db8::1'],
    ['nothing, if no connection can be seen', 0, undefined, '198.51.100.1', unseen],
    ['what the one proxy was told, unseen', 1, undefined, '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['what the outer of two was told', 2, undefined, '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['nothing, if fewer proxies write an entry', 2, undefined, '198.51.100.1', unseen],
    ['nothing, if no proxy writes an entry', 1, undefined, undefined, unseen],
    ['nothing, if unseen proxies are trusted by networks', ['10.0.0.0/8'], undefined, '198.51.100.1', unseen],
    ['that an unseen proxy writes nonsense', 1, undefined, '<script>', unreadable],
    // As proxies write them.
    ['a port', 1, '10.0.0.1', '203.0.113.7:1234', '203.0.113.7'],
    ['brackets', 1, '10.0.0.1', '[2001:db8::7]', '2001:db8::7'],
    ['brackets and a port, as Azure does', 1, '10.0.0.1', '[2001:DB8::7]:443', '2001:db8::7'],
    ['bare IPv6', 1, '10.0.0.1', '2001:db8::7', '2001:db8::7'],
    ['quotes', 1, '10.0.0.1', '"203.0.113.7"', '203.0.113.7'],
    ['quotes around brackets', 1, '10.0.0.1', '"[2001:db8::7]:443"', '2001:db8::7'],
    ['blanks and tabs', 1, '10.0.0.1', ' \t203.0.113.7\t ', '203.0.113.7'],
    ['mapped IPv4 in brackets', 1, '10.0.0.1', '[::ffff:203.0.113.7]:1', '203.0.113.7'],
    ['a port behind a proxy of ours', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.7:80, 10.0.0.2:80', '203.0.113.7'],
    // None of these may be replaced by the proxy's own address.
    ['unknown', 1, '10.0.0.1', 'unknown', unreadable],
    ['an obfuscated name', 1, '10.0.0.1', '_hidden', unreadable],
    ['an empty entry', 1, '10.0.0.1', '198.51.100.1,', unreadable],
    ['an empty header', 1, '10.0.0.1', '', unreadable],
    ['markup', 1, '10.0.0.1', '<script>', unreadable],
    ['three parts', 1, '10.0.0.1', '1.2.3', unreadable],
    ['leading zeros', 1, '10.0.0.1', '010.0.0.1', unreadable],
    ['hexadecimal', 1, '10.0.0.1', '0x7f.0.0.1', unreadable],
    ['one number', 1, '10.0.0.1', '2130706433', unreadable],
    ['a part beyond 255', 1, '10.0.0.1', '203.0.113.700', unreadable],
    ['IPv4 in brackets', 1, '10.0.0.1', '[203.0.113.7]', unreadable],
    ['brackets without an end', 1, '10.0.0.1', '[2001:db8::7', unreadable],
    ['a host name', 1, '10.0.0.1', 'client.example', unreadable],
    ['nonsense before the outer proxy', 2, '10.0.0.1', '<script>, 10.0.0.2', unreadable],
  ]
  it.each(cases)('reads %s', (_what, trust, from, forwarded, is) => {
    const found = makeAddressOf(trust)(from, forwarded)
    expect(found.kind === 'address' ? found.address : found.isUnreadable ? unreadable : unseen).toBe(is)
  })
})

describe('makeProxyCheck', () => {
  const cases: [what: string, trust: number | string[], from: string | undefined, is: boolean][] = [
    ['no proxy promised', 0, '10.0.0.1', false],
    ['one promised', 1, '203.0.113.9', true],
    ['a network of ours', ['10.0.0.0/8'], '10.0.0.1', true],
    ['a network of ours, inside IPv6', ['10.0.0.0/8'], '::ffff:10.0.0.1', true],
    ['a stranger past it', ['10.0.0.0/8'], '203.0.113.9', false],
    ['no networks', [], '10.0.0.1', false],
    ['a promised one, unseen', 1, undefined, true],
    ['one of a network, unseen', ['10.0.0.0/8'], undefined, false],
  ]
  it.each(cases)('knows %s', (_what, trust, from, is) => {
    expect(makeProxyCheck(trust)(from)).toBe(is)
  })
})
