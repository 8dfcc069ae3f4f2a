import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { AlgorithmName } from 'hallpass'
import { createAuth } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ensureDebianPackages } from '../debian.ts'
import { password, secret, startNode } from '../nodes/node.ts'
import { createDatabase, patient } from '../postgres.ts'
import { makeFolder } from '../server/process.ts'
import { template } from '../template.ts'
import { issuer, type Judgement, judge } from './clients.ts'

const folder = makeFolder()
afterAll(() => folder.remove())

/** The table of docs/services.md: which client supports which algorithm. */
const page = readFileSync(new URL('../../docs/services.md', import.meta.url), 'utf8')
const [header = [], , ...rows] =
  page
    .split('\n## What each client needs\n')[1]
    ?.split('\n## ')[0]
    ?.split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim())) ?? []
const algorithms = header.slice(3, -1)
const stated = rows.map(([, name = '', , ...cells]) => {
  return [name.replaceAll('`', '').replace(/ [\d.]+.*/, ''), cells.slice(0, -1)] as const
})

beforeAll(async () => {
  const imports = 'import jwt, cryptography, authlib.jose, jose.jwt'
  const packages = ['python3-jwt', 'python3-cryptography', 'python3-authlib', 'python3-jose']
  await ensureDebianPackages(packages, ['/usr/bin/python3', '-c', imports])
  await ensureDebianPackages(['jose'], ['which', 'jose'])
})

it('docs/services.md says which client supports which algorithm', () => {
  expect(algorithms).toEqual(['ES256', 'RS256', 'EdDSA', 'ML-DSA-44'])
  expect(stated.length).toBeGreaterThan(8)
})

describe.each(algorithms)('a server that signs with %s', (algorithm) => {
  let user: string
  let found: Readonly<Record<string, readonly Judgement[]>>

  beforeAll(async () => {
    const auth = await createAuth({
      database: 'sqlite::memory:',
      keyRing: { encryptionSecret: secret, algorithm: algorithm as AlgorithmName },
      issuer,
      audience: 'hallpass',
      passwords: { memoryKiB: 1024, passes: 1 },
    })
    user = (await auth.users.add({ username: 'alice', password })).id
    const token = (await auth.startSession(user)).accessToken
    const [head, payload, signature] = token.split('.') as [string, string, string]
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'another user' })).toString('base64url')
    const server = createAdaptorServer({ fetch: auth.handler }) as Server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`
    found = await judge([token, `${head}.${changed}.${signature}`], { jwksUrl, algorithm }, folder.path)
    server.closeAllConnections()
    server.close()
    await auth.close()
  })

  it.each(stated)('is accepted by %s as the page says, but not a token that was changed', (name, cells) => {
    const [good, changed] = found[name] ?? []
    const answer = cells[algorithms.indexOf(algorithm)]
    expect(good).toEqual(answer === 'yes' ? { sub: user } : { error: expect.any(String) })
    expect(changed).toEqual({ error: expect.any(String) })
  })

  it('was tried with every client of the page, and no other', () => {
    expect(Object.keys(found).sort()).toEqual(stated.map(([name]) => name).sort())
  })
})

describe('a server that signs with HS256', () => {
  it('publishes nothing that could sign', async () => {
    const node = await startNode(patient(await createDatabase(inject('postgresUrl'), template)), [
      '--algorithm',
      'HS256',
    ])
    await node.send('/auth/register', { username: 'alice', password })
    const { access_token } = await node.login('alice')
    expect(JSON.parse(Buffer.from(access_token.split('.')[0] as string, 'base64url').toString())).toMatchObject({
      alg: 'HS256',
      kid: expect.any(String),
    })
    expect(await node.ask(access_token)).toBe('200')
    expect(await (await fetch(`${node.url}/.well-known/jwks.json`)).json()).toEqual({ keys: [] })
    await node.stop()
  })
})
