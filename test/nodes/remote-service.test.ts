import { serve as listen } from '@hono/node-server'
import { JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNetwork, type TestNetwork } from '../network.ts'
import { createDatabase, patient } from '../postgres.ts'
import { runHallpass } from '../server/process.ts'
import { template } from '../template.ts'
import { eventually, type Node, password, secret, startNode } from './node.ts'

/** Maximum age of the service's revocation list, in seconds. */
const bound = 2

describe('a service that has hallpass and no database', () => {
  let network: TestNetwork
  let node: Node
  let jwt: JwtManager
  /** The manager of a service that also has its own `isRevoked`. */
  let own: JwtManager
  let ownAnswer: unknown
  let url: string
  let stop: () => void
  const hallpass = (...args: string[]) =>
    runHallpass([...args, '--database', node.database], { env: { HALLPASS_ENCRYPTION_SECRET: secret } })

  beforeAll(async () => {
    node = await startNode(patient(await createDatabase(inject('postgresUrl'), template)), [], {
      HALLPASS_ISSUER: 'https://id.example',
    })
    network = await startNetwork(Number(new URL(node.url).port))
    const server = `http://127.0.0.1:${network.port}`
    const { client_id, client_secret } = JSON.parse((await hallpass('clients', 'add', 'shop', '--json')).stdout)
    const options = {
      keys: KeySet.remote(`${server}/.well-known/jwks.json`, { cooldownSeconds: 0.5 }),
      issuer: 'https://id.example',
      audience: 'hallpass',
      revocations: {
        url: `${server}/auth/revocations`,
        clientId: client_id,
        clientSecret: client_secret,
        maxAgeSeconds: bound,
      },
    }
    jwt = new JwtManager(options)
    own = new JwtManager({ ...options, isRevoked: () => ownAnswer as boolean })
    const app = new Hono()
    app.get('/own', jwtRequired(own), (c) => c.json({ user: c.var.jwt.identity }))
    app.get('/shop', jwtRequired(jwt), (c) => c.json({ user: c.var.jwt.identity }))
    app.get('/vault', jwtRequired(jwt, { revocation: 'strict' }), (c) => c.json({ user: c.var.jwt.identity }))
    await new Promise<void>((resolve) => {
      const service = listen({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        url = `http://127.0.0.1:${port}`
        resolve()
      })
      stop = () => service.close()
    })
    await node.send('/auth/register', { username: 'alice', password })
  })
  afterAll(async () => {
    stop?.()
    await jwt?.close()
    await own?.close()
    network?.close()
    await node?.stop()
  })

  async function ask(token: string, path = '/shop'): Promise<string> {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
    const body = (await response.json()) as { code?: string }
    return body.code === undefined ? `${response.status}` : `${response.status} ${body.code}`
  }

  it('accepts the tokens of the server from the first request on', async () => {
    const { access_token } = await node.login('alice')
    expect(await ask(access_token)).toBe('200')
    await jwt.ready()
    const [header, payload, signature] = access_token.split('.') as [string, string, string]
    expect(await ask(`${header}.${payload}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`)).toBe(
      '401 token_signature_invalid',
    )
  })

  it.each([
    [false, '200'],
    [true, '401 token_revoked'],
    [undefined, '503 revocation_unknown'],
    [null, '503 revocation_unknown'],
  ])('if its own isRevoked returns %s, answers with %s', async (answer, expected) => {
    ownAnswer = answer
    expect(await ask((await node.login('alice')).access_token, '/own')).toBe(expected)
  })

  it('applies a logout at once, and queries the server for a strict route', async () => {
    for (let i = 0; i < 10; i++) {
      const { access_token } = await node.login('alice')
      expect(await ask(access_token)).toBe('200')
      expect(await ask(access_token, '/vault')).toBe('200')
      await node.send('/auth/logout', {}, access_token)
      expect(await ask(access_token, '/vault')).toBe('401 token_revoked')
      await eventually(async () => expect(await ask(access_token)).toBe('401 token_revoked'))
    }
  })

  it('continues through key rotations, planned and immediate', async () => {
    const before = await node.login('alice')
    for (const how of [[], ['--now']]) {
      expect((await hallpass('keys', 'rotate', ...how)).exitCode).toBe(0)
      // Waits for the cooldown of the previous fetch.
      await eventually(async () => expect(await ask((await node.login('alice')).access_token)).toBe('200'))
      expect(await ask(before.access_token)).toBe('200')
    }
    const { kid } = JSON.parse(Buffer.from(before.access_token.split('.')[0] as string, 'base64url').toString())
    expect((await hallpass('keys', 'revoke', kid)).exitCode).toBe(0)
    await eventually(async () => expect(await ask(before.access_token)).toMatch(/^401 token_(?:revoked|key_unknown)$/))
    expect(await ask((await node.login('alice')).access_token)).toBe('200')
  })

  it('rejects what it cannot check beyond its bound, and recovers when it can', async () => {
    const [revoked, living] = [await node.login('alice'), await node.login('alice')]
    expect(await ask(revoked.access_token)).toBe('200')
    const readAt = performance.now()
    expect(await ask(living.access_token, '/vault')).toBe('200')
    network.cut()
    await node.send('/auth/logout', {}, revoked.access_token)
    // The bound starts at the last read, which was made for the strict route or began later.
    const answer = await ask(living.access_token)
    if (performance.now() - readAt < bound * 1000) expect(answer).toBe('200')
    expect(await ask(living.access_token, '/vault')).toBe('503 revocation_unknown')
    await new Promise((resolve) => setTimeout(resolve, (bound + 0.5) * 1000))
    expect(await ask(revoked.access_token)).toBe('503 revocation_unknown')
    network.heal()
    await eventually(async () => expect(await ask(living.access_token)).toBe('200'))
    expect(await ask(revoked.access_token)).toBe('401 token_revoked')
  })

  it('is refused what it is not registered for', async () => {
    const answers = await Promise.all(
      [
        '',
        'Basic x',
        `Basic ${btoa('a:b')}`,
        `Basic ${btoa('01a20a60-4ee7-7c3d-93f4-6c14a04a224e:x')}`,
        'Bearer x',
      ].map((authorization) =>
        fetch(`${node.url}/auth/revocations`, { headers: authorization ? { authorization } : {} }),
      ),
    )
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="hallpass"')
      expect(await answer.json()).toMatchObject({ code: 'invalid_client', error: 'invalid_client' })
    }
  })
})
