import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ensureDebianPackages } from '../debian.ts'
import { type Node, password, startNode } from '../nodes/node.ts'
import { createDatabase } from '../postgres.ts'
import { makeFolder } from '../server/process.ts'
import { documented } from './documented.ts'

const issuer = 'https://id.example'
const run = promisify(execFile)

/** Debian's own interpreter: its packages are not there for any other. */
const python = '/usr/bin/python3'

interface Verified {
  readonly sub: string
}

/** What others verify with. Each answers the claims, or throws. */
type Verifier = (token: string, jwksUrl: string) => Promise<Verified>

const folder = makeFolder()
afterAll(() => folder.remove())

/** As docs/services.md has it. */
const pyjwt: Verifier = async (token, jwksUrl) => {
  const program = documented('python', '## Python, with PyJWT', {
    'https://id.example/.well-known/jwks.json': jwksUrl,
    '["ES256"]': '["ES256", "EdDSA", "RS256"]',
  })
  const file = join(folder.path, 'verify.py')
  writeFileSync(file, `import sys, json\ntoken = sys.argv[1]\n${program}\nprint(json.dumps(claims))\n`)
  return JSON.parse((await run(python, [file, token])).stdout)
}

/** As docs/services.md has it. */
const joseForNode: Verifier = async (token, jwksUrl) => {
  const keys = createRemoteJWKSet(new URL(jwksUrl))
  const { payload } = await jwtVerify(token, keys, { issuer, audience: 'hallpass', typ: 'at+jwt' })
  return payload as unknown as Verified
}

/** The command of Debian's package, which is written in C. */
const joseInC: Verifier = async (token, jwksUrl) => {
  const [tokenFile, jwksFile] = [join(folder.path, 'token'), join(folder.path, 'jwks.json')]
  writeFileSync(tokenFile, token)
  writeFileSync(jwksFile, await (await fetch(jwksUrl)).text())
  return JSON.parse((await run('jose', ['jws', 'ver', '-i', tokenFile, '-k', jwksFile, '-O', '-'])).stdout)
}

const rows: [algorithm: string, verifiers: Record<string, Verifier>][] = [
  ['ES256', { PyJWT: pyjwt, 'jose for Node': joseForNode, 'jose in C': joseInC }],
  ['RS256', { PyJWT: pyjwt, 'jose for Node': joseForNode, 'jose in C': joseInC }],
  ['EdDSA', { PyJWT: pyjwt, 'jose for Node': joseForNode }],
  ['ML-DSA-44', { 'jose for Node': joseForNode }],
]

beforeAll(async () => {
  await ensureDebianPackages(['python3-jwt', 'python3-cryptography'], [python, '-c', 'import jwt, cryptography'])
  await ensureDebianPackages(['jose'], ['which', 'jose'])
})

describe.each(rows)('a server that signs with %s', (algorithm, verifiers) => {
  let node: Node
  let token: string
  let user: string
  let jwksUrl: string

  beforeAll(async () => {
    const database = await createDatabase(inject('postgresUrl'))
    node = await startNode(database, ['--algorithm', algorithm], { HALLPASS_ISSUER: issuer })
    await node.send('/auth/register', { username: 'alice', password })
    token = (await node.login('alice')).access_token
    user = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).sub
    jwksUrl = `${node.url}/.well-known/jwks.json`
  })
  afterAll(() => node?.stop())

  it.each(Object.entries(verifiers))('is understood by %s, and a token that was changed is not', async (_, verify) => {
    expect((await verify(token, jwksUrl)).sub).toBe(user)
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const others = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const changed = Buffer.from(JSON.stringify({ ...others, sub: 'somebody else' })).toString('base64url')
    await expect(verify(`${header}.${changed}.${signature}`, jwksUrl)).rejects.toThrow()
  })
})

describe('a server that signs with HS256', () => {
  it('publishes nothing that could sign', async () => {
    const node = await startNode(await createDatabase(inject('postgresUrl')), ['--algorithm', 'HS256'])
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
