import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cheap, type PostgresServer, query, startPostgres } from '../postgres.ts'
import { makeFolder, runHallpass } from './process.ts'

const methods = ['scram-sha-256', 'md5', 'password'] as const

describe('a PostgreSQL that requires passwords', () => {
  let postgres: PostgresServer
  let folder: ReturnType<typeof makeFolder>
  beforeAll(async () => {
    folder = makeFolder()
    // A process that kept its connection would run until the end of the test.
    postgres = await startPostgres([...cheap, 'authentication_timeout=600'])
    const users = methods.map((method) => {
      const encryption = method === 'md5' ? 'md5' : 'scram-sha-256'
      return `SET password_encryption = '${encryption}'; CREATE ROLE "${method}" LOGIN PASSWORD 'right'`
    })
    await query(postgres.url, users.join(';'))
    const rules = [...methods.map((method) => `host all ${method} all ${method}`), 'host all postgres all trust']
    const [{ hba_file: file }] = (await query(postgres.url, 'SHOW hba_file')) as [{ hba_file: string }]
    await query(postgres.url, `COPY (SELECT unnest(ARRAY['${rules.join("','")}'])) TO '${file}'`)
    await query(postgres.url, 'SELECT pg_reload_conf()')
  })
  afterAll(async () => {
    await postgres.remove()
    folder.remove()
  })

  const all = [
    ['serve', '--port', '0'],
    ['users', 'list'],
    ['migrate', '--status'],
  ]
  const rows = methods.flatMap((method) => [
    [`${method}, missing`, method, '', /password/] as const,
    [`${method}, wrong`, method, ':hunter2', /password authentication failed/] as const,
  ])
  it.each(rows)('%s: commands exit at once with 78 and one line', async (_what, user, password, says) => {
    const database = new URL(postgres.url)
    const HALLPASS_DATABASE = `postgres://${user}${password}@${database.host}/postgres`
    const options = { cwd: folder.path, env: { HALLPASS_DATABASE } }
    const commands = user === methods[0] ? all : all.slice(-1)
    const ends = await Promise.all(commands.map((args) => runHallpass(args, options)))
    for (const { exitCode, stderr } of ends) {
      expect([exitCode, stderr.trim().split('\n')]).toEqual([78, [expect.stringMatching(says)]])
      expect(stderr).not.toContain('hunter2')
    }
  })
})
