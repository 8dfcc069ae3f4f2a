import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProviderOptions } from '../options.ts'
import { Provider } from './provider.ts'

const microsoft = 'https://login.microsoftonline.com'
const description = '/.well-known/openid-configuration'
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
    ['one', { preset: 'openid', issuer: `https://one.example${description}` }, 'https://one.example', true],
    [
      'one',
      { preset: 'openid', issuer: `https://one.example${description}` },
      'https://one.example/.well-known',
      false,
    ],
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

describe('a provider that is slow', () => {
  it('serves clients in turn, also where one has taken all places', async () => {
    const asked: { readonly code: string | null; readonly response: ServerResponse }[] = []
    const server = createServer(async (request, response) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of request) chunks.push(chunk)
      asked.push({ code: new URLSearchParams(Buffer.concat(chunks).toString()).get('code'), response })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = new Provider('slow', {
      ...own,
      preset: 'oauth',
      authorizationUrl: `${url}/authorize`,
      tokenUrl: `${url}/token`,
      userUrl: `${url}/user`,
    })
    const checks = { state: 'state', nonce: 'nonce', verifier: 'a verifier of forty-three characters or more' }
    const reasons: string[] = []
    const ask = (code: string, client: string) =>
      provider
        .profileOf(new URL(`${url}/callback?code=${code}&state=state`), checks, [`client ${client}`])
        .catch((error: Error) => reasons.push(error.name === 'too_many' ? `${code} ${error.name}` : 'answered'))
    const all = Array.from({ length: 301 }, (_, i) => ask(`greedy${i}`, 'greedy'))
    await expect.poll(() => asked.length, { timeout: 40_000 }).toBe(100)
    all.push(ask('patient', 'patient'))
    for (const { response } of asked.splice(0, 2)) response.writeHead(400).end()
    await expect.poll(() => asked.map(({ code }) => code), { timeout: 40_000 }).toContain('patient')
    const end = setInterval(() => {
      for (const { response } of asked.splice(0)) response.writeHead(400).end()
    }, 5)
    onTestFinished(() => clearInterval(end))
    await Promise.all(all)
    // One found no place; one made room for the client that waited with less.
    expect(reasons.filter((reason) => reason !== 'answered').sort()).toEqual([
      'greedy299 too_many',
      'greedy300 too_many',
    ])
  })
})
