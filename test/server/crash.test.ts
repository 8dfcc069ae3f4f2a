import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases } from '../databases.ts'
import { query } from '../postgres.ts'
import { makeFolder, post, serve, type TestServer } from './process.ts'

const rounds = 8
const clients = 8
const password = 'a password of some length'

/** What a client was told. Whatever was told must be true afterwards. */
interface Account {
  readonly username: string
  /** The last refresh token that came with an answer, and one whose answer never came. */
  refreshToken?: string
  unanswered?: string
}

describe.each(databases)('a server on $name that is killed over and over', ({ name, open }) => {
  it('loses nothing that it acknowledged, and forks no session', async () => {
    const folder = makeFolder()
    const database = await open()
    const accounts: Account[] = []
    const start = () =>
      serve(['--database', database.url, '--refresh-grace-seconds', '300', '--attempts-per-address', '1000000'], {
        cwd: folder.path,
        env: { HALLPASS_ENCRYPTION_SECRET: 'n0t-a-r3al-secret-but-long-enough-to-be-one' },
      })

    for (let round = 0; round < rounds; round++) {
      const server = await start()
      const work = Array.from({ length: clients }, (_, client) => keepBusy(server, accounts, `user ${round} ${client}`))
      const soFar = accounts.length
      while (accounts.length === soFar) await sleep(50)
      await sleep(Math.random() * 350)
      server.child.kill('SIGKILL')
      await Promise.all(work)
      await server.finished
    }

    expect(accounts.length).toBeGreaterThan(rounds)
    const server = await start()
    const left = accounts.values()
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (const account of left) await expectWhole(server, account)
      }),
    )
    server.child.kill('SIGTERM')
    expect((await server.finished).exitCode).toBe(0)
    await checkDatabase(name, database.url)
    folder.remove()
    await database.drop()
  })
})

/** Registers, logs in and refreshes until nobody answers any more. */
async function keepBusy({ url }: TestServer, accounts: Account[], prefix: string): Promise<void> {
  try {
    for (let count = 0; ; count++) {
      const account: Account = { username: `${prefix} ${count}` }
      const registered = await post(`${url}/auth/register`, { username: account.username, password })
      expect(registered.status).toBe(201)
      accounts.push(account)
      const login = await post(`${url}/auth/login`, { username: account.username, password })
      expect(login.status).toBe(200)
      account.refreshToken = login.body.refresh_token
      for (let i = 0; i < 4; i++) {
        account.unanswered = account.refreshToken as string
        const refreshed = await post(`${url}/auth/refresh`, { refresh_token: account.refreshToken })
        expect(refreshed.status).toBe(200)
        account.refreshToken = refreshed.body.refresh_token
        delete account.unanswered
      }
    }
  } catch (error) {
    // The connection broke: that is what killed means. Anything else is a failure.
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error
  }
}

/** Everything that the client was told is still so. */
async function expectWhole({ url }: TestServer, { username, refreshToken, unanswered }: Account): Promise<void> {
  // No connection stays open, which the server would wait for when it ends.
  const ask = (path: string, body: object) => post(`${url}${path}`, body, { connection: 'close' })
  if (refreshToken !== undefined) {
    // The answer that never came may have been given: within the grace the token before it fetches the same.
    const tried = await ask('/auth/refresh', { refresh_token: unanswered ?? refreshToken })
    expect([username, tried.status]).toEqual([username, 200])
    const next = await ask('/auth/refresh', { refresh_token: tried.body.refresh_token })
    expect([username, next.status]).toEqual([username, 200])
  }
  const login = await ask('/auth/login', { username, password })
  expect([username, login.status]).toEqual([username, 200])
}

async function checkDatabase(name: string, url: string): Promise<void> {
  const database = await openDatabase(url)
  const sessions = await database.sql.selectFrom('hallpass_sessions').select(['id', 'user_id', 'revoked_at']).execute()
  expect(sessions.filter(({ revoked_at }) => revoked_at !== null)).toEqual([])
  await database.close()
  if (name === 'SQLite') {
    const file = new DatabaseSync(url.slice('sqlite:'.length))
    expect(file.prepare('PRAGMA integrity_check').all()).toMatchObject([{ integrity_check: 'ok' }])
    expect(file.prepare('PRAGMA foreign_key_check').all()).toEqual([])
    file.close()
  } else {
    const orphans =
      'SELECT s.id FROM hallpass_sessions s LEFT JOIN hallpass_users u ON u.id = s.user_id WHERE u.id IS NULL'
    expect(await query(url, orphans)).toEqual([])
  }
}
