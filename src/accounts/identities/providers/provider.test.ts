import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '../options.ts'
import { Provider } from './provider.ts'

const microsoft = 'https://login.microsoftonline.com'
const own = { clientId: 'x', clientSecret: 'y' }

describe('a provider knows the accounts of', () => {
  const rows: [name: string, options: Partial<ProviderOptions>, issuer: string, isKnown: boolean][] = [
    ['google', {}, 'https://accounts.google.com', true],
    ['google', {}, 'https://accounts.google.com.evil.example', false],
    ['github', {}, 'https://github.com/login/oauth', true],
    ['one', { preset: 'openid', issuer: 'https://one.example' }, 'https://one.example', true],
    ['one', { preset: 'openid', issuer: 'https://one.example/' }, 'https://one.example', true],
    ['one', { preset: 'openid', issuer: 'https://one.example' }, 'https://one.example/', true],
    ['one', { preset: 'openid', issuer: 'https://one.example' }, 'https://one.example/two', false],
    ['microsoft', {}, `${microsoft}/9188040d/v2.0`, true],
    ['microsoft', { tenant: 'organizations' }, `${microsoft}/9188040d/v2.0`, true],
    ['microsoft', {}, 'https://evil.example/9188040d/v2.0', false],
    ['microsoft', { tenant: '9188040d' }, `${microsoft}/9188040d/v2.0`, true],
    ['microsoft', { tenant: '9188040d' }, `${microsoft}/common/v2.0`, false],
  ]
  it.each(rows)('%s %o: %s, %s', (name, options, issuer, isKnown) => {
    expect(new Provider(name, { ...own, ...options }).issues(issuer)).toBe(isKnown)
  })
})
