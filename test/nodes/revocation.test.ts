import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase, patient } from '../postgres.ts'
import { makeFolder, runHallpass } from '../server/process.ts'
import { startValkey } from '../valkey.ts'
import { type Node, password, secret, startNode, untilOther } from './node.ts'

/** What a pair of nodes shares. */
interface Shared {
  readonly database: string
  readonly args: readonly string[]
  remove(): unknown
}

const places: readonly { readonly name: string; open(): Promise<Shared> }[] = [
  {
    name: 'PostgreSQL',
    open: async () => ({ database: patient(await createDatabase(inject('postgresUrl'))), args: [], remove() {} }),
  },
  {
    name: 'PostgreSQL and Valkey',
    async open() {
      const valkey = await startValkey()
      const database = patient(await createDatabase(inject('postgresUrl')))
      return { database, args: ['--valkey', valkey.url], remove: () => valkey.stop() }
    },
  },
  {
    name: 'one SQLite file',
    async open() {
      const folder = makeFolder()
      return { database: `sqlite:${folder.path}/test.db`, args: [], remove: () => folder.remove() }
    },
  },
]

describe.each(places)('two nodes on $name', ({ open }) => {
  let shared: Shared
  let one: Node
  let other: Node
  beforeAll(async () => {
    shared = await open()
    // Both start at once on an empty database. The migrations run once, and one set of keys is made.
    ;[one, other] = await Promise.all([
      startNode(shared.database, shared.args),
      startNode(shared.database, shared.args),
    ])
    for (const username of ['alice', 'bob', 'carol', 'dora']) {
      expect((await one.send('/auth/register', { username, password })).status).toBe(201)
    }
  })
  afterAll(async () => {
    await Promise.all([one?.stop(), other?.stop()])
    await shared?.remove()
  })

  const hallpass = (...args: string[]) =>
    runHallpass([...args, '--database', shared.database, ...shared.args], {
      env: { HALLPASS_ENCRYPTION_SECRET: secret },
    })

  it('have made one active and one next key, and accept each other’s tokens', async () => {
    const keys = JSON.parse((await hallpass('keys', 'list', '--json')).stdout)
    expect(keys.map(({ state }: { state: string }) => state).sort()).toEqual(['active', 'next'])
    expect(await other.ask((await one.login('alice')).access_token)).toBe('200')
    expect(await one.ask((await other.login('alice')).access_token)).toBe('200')
  })

  it('apply a logout at the other at once, fifty times', async () => {
    for (let i = 0; i < 50; i++) {
      const [from, to] = i % 2 === 0 ? [one, other] : [other, one]
      const { access_token } = await from.login('alice')
      expect(await to.ask(access_token)).toBe('200')
      expect((await from.send('/auth/logout', {}, access_token)).status).toBe(204)
      expect((await untilOther(to, access_token, '200')).answer).toBe('401 token_revoked')
    }
  })

  it('apply a password change, and accept tokens of the new session', async () => {
    const { access_token } = await one.login('bob')
    const changed = { current_password: password, new_password: 'another wonderland at tea time' }
    const reply = await one.send('/auth/password', changed, access_token)
    expect(reply.status).toBe(204)
    expect((await untilOther(other, access_token, '200')).answer).toBe('401 token_revoked')
    const { body } = await one.send('/auth/login', { username: 'bob', password: changed.new_password })
    expect(await other.ask(body.access_token)).toBe('200')
  })

  it('apply what the command line changes', async () => {
    const { access_token } = await one.login('carol')
    expect((await hallpass('users', 'disable', 'carol')).exitCode).toBe(0)
    for (const node of [one, other]) {
      expect((await untilOther(node, access_token, '200')).answer).toBe('401 token_revoked')
    }
  })

  it('apply the revocation of a single token', async () => {
    const first = await one.login('dora')
    const response = await fetch(`${one.url}/auth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: first.access_token }),
    })
    expect(response.status).toBe(200)
    expect((await untilOther(other, first.access_token, '200')).answer).toBe('401 token_revoked')
    // Its session continues.
    const { body } = await other.send('/auth/refresh', { refresh_token: first.refresh_token })
    expect(await one.ask(body.access_token)).toBe('200')
  })

  it('apply the revocation of a key, and continue with the next', async () => {
    const before = await one.login('alice')
    const { kid } = JSON.parse(Buffer.from(before.access_token.split('.')[0] as string, 'base64url').toString())
    expect((await hallpass('keys', 'revoke', kid)).exitCode).toBe(0)
    for (const node of [one, other]) {
      expect((await untilOther(node, before.access_token, '200')).answer).toMatch(/^401 token_(?:revoked|key_unknown)$/)
    }
    const after = await one.login('alice')
    expect(await other.ask(after.access_token)).toBe('200')
    const { keys } = (await (await fetch(`${other.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }
    expect(keys.map(({ kid }) => kid)).not.toContain(kid)
    expect(keys).toHaveLength(2)
  })

  it('keep revocations across a restart', async () => {
    const { access_token } = await one.login('alice')
    await one.send('/auth/logout', {}, access_token)
    const third = await startNode(shared.database, shared.args)
    expect(await third.ask(access_token)).toBe('401 token_revoked')
    await third.stop()
  })

  it('make one new key when both are told to rotate', async () => {
    const list = async () => JSON.parse((await hallpass('keys', 'list', '--json')).stdout) as { state: string }[]
    const count = (keys: { state: string }[], state: string) => keys.filter((key) => key.state === state).length
    await Promise.all([hallpass('keys', 'rotate', '--now'), hallpass('keys', 'rotate', '--now')])
    const keys = await list()
    expect([count(keys, 'active'), count(keys, 'next')]).toEqual([1, 1])
    const { access_token } = await one.login('alice')
    // If the second command began when the first had ended, the active key is one that no node had before.
    await untilOther(other, access_token, '401 token_key_unknown')
    expect(await other.ask(access_token)).toBe('200')
  })
})
