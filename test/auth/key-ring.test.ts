import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { openCore } from '../../src/core/open-core.ts'
import { KeyRing } from '../../src/keys/key-ring.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases } from '../databases.ts'
import { isAvailable } from '../runtime.ts'
import { type Service, secret, startService } from './service.ts'

const day = 24 * 60 * 60
const otherSecret = 'an0ther-s3cret-that-is-also-long-enough-for-it'

describe.each(databases)('a ring of keys on $name', ({ open }) => {
  const cleanups: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  async function newDatabase(): Promise<string> {
    const test = await open()
    cleanups.push(() => test.drop())
    return test.url
  }

  async function start(url: string, ring: Record<string, unknown> = {}, elapsed = 0): Promise<Service> {
    const service = await startService(
      url,
      {
        secret: undefined,
        keyRing: { encryptionSecret: secret, jwksMaxAgeSeconds: 300, keyRotationSeconds: 90 * day, ...ring },
      },
      elapsed,
    )
    cleanups.push(() => service.auth.close())
    return service
  }

  const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString())
  const statesOf = async ({ auth }: Service) => ((await auth.keyRing?.list()) ?? []).map(({ state }) => state).sort()

  it('signs with ES256 as RFC 9068 wants it, and publishes what verifies it', async () => {
    const service = await start(await newDatabase())
    const { access_token } = await service.newcomer('alice')
    const { header, claims } = service.auth.jwt.verify(access_token)
    expect(header).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(claims).toMatchObject({ client_id: 'hallpass', auth_time: claims.iat, sid: expect.any(String) })
    const published = service.auth.keyRing?.keySet.toJwks().keys.map(({ kid }) => kid)
    expect(published).toHaveLength(2)
    expect(published).toContain(header.kid)
  })

  it('changes no key at a time that was reached only by a jump of the clocks', async () => {
    const core = await openCore({ database: await newDatabase() })
    cleanups.push(() => core.close())
    const began = Date.now()
    let jump = 0
    const now = () => new Date(began + jump)
    const clock = { databaseTime: async () => now(), decisionTime: async () => new Date(began) }
    const ring = new KeyRing({ ...core, now, clock }, { encryptionSecret: secret })
    await ring.open()
    const before = await ring.list()
    jump = 400 * day * 1000
    await ring.refresh()
    expect(await ring.list()).toEqual(before)
    await ring.close()
  })

  it('keeps a key for its last tokens, even if keys change by a time that is behind', async () => {
    const core = await openCore({ database: await newDatabase() })
    cleanups.push(() => core.close())
    const began = Date.now()
    let elapsed = 0
    // As if the clocks were set right only after the start, or the virtual machine was paused.
    const behind = 30 * day
    const now = () => new Date(began + elapsed * 1000)
    const clock = {
      databaseTime: async () => now(),
      decisionTime: async () => new Date(began + (elapsed - behind) * 1000),
    }
    const ring = new KeyRing({ ...core, now, clock }, { encryptionSecret: secret, keyRotationSeconds: 90 * day })
    await ring.open()
    elapsed = 91 * day
    await ring.refresh()
    const retiring = (await ring.list()).find(({ state }) => state === 'retiring')
    expect(retiring?.verifiesUntil?.getTime()).toBeGreaterThanOrEqual(now().getTime() + day * 1000)
    await ring.close()
  })

  it('changes keys when it is time, and no token is refused', async () => {
    const service = await start(await newDatabase())
    const first = await service.newcomer('alice')
    service.elapsed = 90 * day
    await service.auth.keyRing?.refresh()
    expect(await statesOf(service)).toEqual(['active', 'next', 'retiring'])
    const second = await service.newcomer('bob')
    expect(headerOf(second.access_token).kid).not.toBe(headerOf(first.access_token).kid)
    // The token has ended by then; its key still verifies, for another that was made a moment before.
    expect(service.auth.jwt.decodeToken(first.access_token, { allowExpired: true }).sub).toEqual(expect.any(String))
    service.elapsed = 92 * day
    await service.auth.keyRing?.refresh()
    expect(await statesOf(service)).toEqual(['active', 'gone', 'next'])
    expect(() => service.auth.jwt.decodeToken(first.access_token, { allowExpired: true })).toThrow(
      expect.objectContaining({ code: 'token_key_unknown' }),
    )
    const told = service.events.filter((event) => event.startsWith('key_'))
    expect(told.sort()).toEqual([
      'key_activated',
      'key_created',
      'key_created',
      'key_created',
      'key_gone',
      'key_retired',
    ])
  })

  it('rotates at once where the next key is known, and says when it will be where not', async () => {
    const service = await start(await newDatabase())
    const ring = service.auth.keyRing
    expect(await ring?.rotate()).toBeUndefined()
    expect(await ring?.rotate()).toEqual(new Date((1_800_000_000 + 300) * 1000))
    expect(await ring?.rotate({ immediately: true })).toBeUndefined()
    service.elapsed = 300
    expect(await ring?.rotate()).toBeUndefined()
    expect(await statesOf(service)).toEqual(['active', 'next', 'retiring', 'retiring', 'retiring'])
  })

  it('verifies with a key that signs no more for a day at least, however short tokens live: others may sign longer ones', async () => {
    const service = await start(await newDatabase())
    await service.auth.keyRing?.rotate()
    const retiring = (await service.auth.keyRing?.list())?.find(({ state }) => state === 'retiring')
    expect(retiring?.verifiesUntil).toEqual(new Date((1_800_000_000 + day + 300) * 1000))
  })

  it('takes a key away with all of its tokens, and signs with the next', async () => {
    const service = await start(await newDatabase())
    const { access_token } = await service.newcomer('alice')
    const { kid } = headerOf(access_token)
    expect(await service.auth.keyRing?.revoke('no such key')).toBe(false)
    expect(await service.auth.keyRing?.revoke(kid)).toBe(true)
    expect(await service.auth.keyRing?.revoke(kid)).toBe(false)
    expect((await service.call('GET', '/auth/me', { token: access_token })).status).toBe(401)
    const { body } = await service.call('POST', '/auth/login', {
      body: { username: 'alice', password: 'a password of some length' },
    })
    expect((await service.call('GET', '/auth/me', { token: body.access_token as string })).status).toBe(200)
    expect(await statesOf(service)).toEqual(['active', 'gone', 'next'])
    expect(service.events).toContain('key_revoked')
  })

  it('is not opened with another secret, and is encrypted anew where both are known', async () => {
    const url = await newDatabase()
    const before = await start(url)
    const { access_token } = await before.newcomer('alice')
    await expect(start(url, { encryptionSecret: otherSecret })).rejects.toMatchObject({ code: 'secret_mismatch' })
    const after = await start(url, { encryptionSecret: otherSecret, previousEncryptionSecret: secret })
    expect((await after.call('GET', '/auth/me', { token: access_token })).status).toBe(200)
    expect(await after.auth.keyRing?.rewrap()).toBe(2)
    expect(await after.auth.keyRing?.rewrap()).toBe(0)
    // The one that is still running goes on with what it has; one that starts needs the new secret, and no other.
    expect((await before.call('GET', '/auth/me', { token: access_token })).status).toBe(200)
    await start(url, { encryptionSecret: otherSecret })
    await expect(start(url)).rejects.toMatchObject({ code: 'secret_mismatch' })
  })

  it('holds no key in the clear, and none once it is gone', async () => {
    const url = await newDatabase()
    const service = await start(url)
    const database = await openDatabase(url)
    cleanups.push(() => database.close())
    const rows = async () =>
      (await sql<{ sealed: string }>`SELECT * FROM hallpass_signing_keys`.execute(database.sql)).rows
    for (const row of await rows()) {
      expect(JSON.stringify(row)).not.toMatch(/"d"|PRIVATE|"k"/)
      expect(Buffer.from(row.sealed, 'base64url').toString('latin1')).not.toContain('"kty"')
    }
    const [first] = (await service.auth.keyRing?.list()) ?? []
    await service.auth.keyRing?.revoke(first?.kid as string)
    expect((await rows()).filter(({ sealed }) => sealed === null)).toHaveLength(1)
    await expect(sql`UPDATE hallpass_signing_keys SET state = 'active'`.execute(database.sql)).rejects.toThrow()
  })

  it('moves to another algorithm after its key was published', async () => {
    const url = await newDatabase()
    const es = await start(url)
    const { access_token } = await es.newcomer('alice')
    const ed = await start(url, { algorithm: 'EdDSA' })
    expect(headerOf((await ed.newcomer('bob')).access_token).alg).toBe('ES256')
    ed.elapsed = 300
    await ed.auth.keyRing?.refresh()
    const moved = await ed.newcomer('carol')
    expect(headerOf(moved.access_token).alg).toBe('EdDSA')
    expect((await ed.call('GET', '/auth/me', { token: access_token })).status).toBe(200)
    es.elapsed = 300
    await es.auth.keyRing?.refresh()
    expect((await es.call('GET', '/auth/me', { token: moved.access_token })).status).toBe(200)
  })

  const others = (['EdDSA', 'RS256', 'ML-DSA-44', 'HS256'] as const).filter(isAvailable)
  it.each(others)('signs with %s where it is told to', async (algorithm) => {
    const service = await start(await newDatabase(), { algorithm })
    const { access_token } = await service.newcomer('alice')
    expect(headerOf(access_token).alg).toBe(algorithm)
    expect((await service.call('GET', '/auth/me', { token: access_token })).status).toBe(200)
    const { keys } = (await service.call('GET', '/.well-known/jwks.json')).body as { keys: object[] }
    expect(keys).toHaveLength(algorithm === 'HS256' ? 0 : 2)
    expect(await service.auth.keyRing?.rotate()).toBeUndefined()
    const second = await service.newcomer('bob')
    for (const token of [access_token, second.access_token]) {
      expect((await service.call('GET', '/auth/me', { token })).status).toBe(200)
    }
  })

  it('is not broken by one that somebody changed in the database: the start says so', async () => {
    const url = await newDatabase()
    await start(url)
    const database = await openDatabase(url)
    cleanups.push(() => database.close())
    await sql`UPDATE hallpass_signing_keys SET sealed = 'AAAA' || substr(sealed, 5)`.execute(database.sql)
    await expect(start(url)).rejects.toMatchObject({ code: 'database_invalid' })
  })

  it('is waited for at the end: closing right after the start reports nothing', async () => {
    const url = await newDatabase()
    const faults: unknown[] = []
    for (let round = 0; round < 10; round++) {
      const ring = { encryptionSecret: secret, jwksMaxAgeSeconds: 300 }
      const { auth } = await startService(url, {
        secret: undefined,
        keyRing: ring,
        onFault: (error) => faults.push(error),
      })
      await auth.close()
    }
    expect(faults).toEqual([])
  })
})
