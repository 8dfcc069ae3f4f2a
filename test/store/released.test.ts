import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { startService } from '../auth/service.ts'
import { emptyDatabases } from '../databases.ts'

/** An hour after the dumps were made, when their sessions are still valid. */
const moment = Date.UTC(2026, 10, 26, 15)

/** Credentials that a client and a service kept at that time. No dump contains them. */
const kept = {
  SQLite: {
    refreshToken: 'hp_rt_DiiDFMjoU3wBAtu-WeDiNZcfdZVhzmH4u713fRfBNtiBpeDObxO_0hAWpRICVRqCv5WFtN',
    clientId: '01a2182b-84ee-7af6-896c-9aee2aefe4ce',
    clientSecret: 'hp_cs_w9eUNZ--SEbN7EPNj8tst0cnt3eX24GyrnJhlcoLimE',
  },
  PostgreSQL: {
    refreshToken: 'hp_rt_g--WzrohFejXocttRb3f2DGRSu5TgQDwa5phN9jdFSMFUoao9LQnVomxw_MbwEubeRqDdy',
    clientId: '01a2182b-eb17-770c-90f8-5fa4e17e6d39',
    clientSecret: 'hp_cs_dAUBZkXvSZAfLB9xxGsLJikAdM_QsiktJ6B8EZ-pksM',
  },
}

const password = 'wonderland at tea time'

async function load(url: string, engine: keyof typeof kept): Promise<void> {
  const name = engine === 'SQLite' ? 'sqlite' : 'postgres'
  const text = readFileSync(new URL(`released/0.1.0.${name}.sql`, import.meta.url), 'utf8')
  if (engine === 'SQLite') {
    const file = new DatabaseSync(url.slice('sqlite:'.length))
    file.exec(text)
    file.close()
    return
  }
  const client = new pg.Client(url)
  await client.connect()
  await client.query(text)
  await client.end()
}

describe.each(emptyDatabases)('a database that 0.1.0 made on $name', ({ name, open }) => {
  it('is upgraded: its users log in, its sessions go on, its keys and clients work', async () => {
    const test = await open()
    const { refreshToken, clientId, clientSecret } = kept[name as keyof typeof kept]
    await load(test.url, name as keyof typeof kept)
    const ring = { secret: 'the secret of a database that 0.1.0 made, for tests' }
    const service = await startService(test.url, { secret: undefined, keyRing: ring, clock: () => moment / 1000 })
    const login = await service.call('POST', '/auth/login', { body: { username: 'alice', password } })
    const disabled = await service.call('POST', '/auth/login', { body: { username: 'bob', password } })
    const next = await service.call('POST', '/auth/refresh', { body: { refresh_token: refreshToken } })
    const asked = await service.call('POST', '/auth/introspect', {
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `token=${next.body.access_token}`,
    })
    await service.auth.close()
    expect([login.status, disabled.status, next.status, asked.status]).toEqual([200, 401, 200, 200])
    expect(asked.body).toMatchObject({ active: true, roles: ['admin'] })
  })
})
