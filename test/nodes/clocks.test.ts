import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { clockOff, ensureFaketime, settableClock } from '../faketime.ts'
import { runHallpass } from '../server/process.ts'
import { eventually, type Node, password, secret, startNode } from './node.ts'

const hour = 60 * 60

/** Both databases at once: most of the time is waited. On each one test after the other. */
const atOnce = { concurrent: true }
const inTurn = { concurrent: false }

describe.each(databases)('nodes on $name', atOnce, ({ name, open }) => {
  let test: TestDatabase
  const nodes: Node[] = []
  beforeAll(async () => {
    await ensureFaketime()
    test = await open()
  })
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop()
  })
  afterAll(() => test.drop())

  async function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Node> {
    const node = await startNode(test.url, args, env)
    nodes.push(node)
    return node
  }
  const hallpass = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { exitCode, stdout, stderr } = await runHallpass([...args, '--database', test.url], {
      env: { HALLPASS_ENCRYPTION_SECRET: secret, ...env },
    })
    if (exitCode !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  let count = 0

  async function register(node: Node): Promise<{ id: string; username: string }> {
    const { body } = await node.send('/auth/register', { username: `user ${count++}`, password })
    return body
  }

  async function query<Row>(text: string): Promise<Row[]> {
    const database = await openDatabase(test.url)
    try {
      return (await sql.raw<Row>(text).execute(database.sql)).rows
    } finally {
      await database.close()
    }
  }

  // SQLite has no clock but that of its machine, and two on one machine are a matter of tests.
  it.runIf(name === 'PostgreSQL')(
    'an hour apart accept each other’s tokens, and feel every change',
    inTurn,
    async () => {
      const right = await start()
      const ahead = await start([], clockOff(hour))
      const behind = await start([], clockOff(-hour))
      const { id, username } = await register(right)
      const tokens = [
        (await right.login(username)).access_token,
        (await ahead.login(username)).access_token,
        (await behind.login(username)).access_token,
        await hallpass(['token', 'issue', '--identity', id]),
        await hallpass(['token', 'issue', '--identity', id], clockOff(hour)),
      ]
      for (const token of tokens) for (const node of nodes) expect(await node.ask(token)).toBe('200')
      for (const [node, way] of [
        [ahead, 'ahead of'],
        [behind, 'behind'],
      ] as const) {
        await eventually(async () => expect(node.output.stdout).toContain(`s ${way} the clock of the database`))
      }
      expect(right.output.stdout).not.toContain('the clock of the database')
      await hallpass(['users', 'disable', username], clockOff(-hour))
      for (const token of tokens) {
        for (const node of nodes) {
          await eventually(async () => expect(await node.ask(token)).toBe('401 token_revoked'))
        }
      }
    },
  )

  it(
    'keep revocations for the longest life that any of them signs, whichever process writes them',
    inTurn,
    async () => {
      const long = await start(['--access-token-seconds', String(3 * hour)])
      const { id, username } = await register(long)
      const { access_token } = await long.login(username)
      await hallpass(['users', 'disable', username])
      await eventually(async () => expect(await long.ask(access_token)).toBe('401 token_revoked'))
      await long.stop()
      // Another life, by a restart: tokens of the longer one are still about.
      const short = await start(['--access-token-seconds', '60'])
      expect(await short.ask(access_token)).toBe('401 token_revoked')
      await hallpass(['users', 'delete', username, '--yes'])
      const ends = await query<{ expires_at: number | string }>(
        `SELECT expires_at FROM hallpass_revocations WHERE id = '${id}' AND kind = 'user' ORDER BY seq`,
      )
      expect(ends).toHaveLength(2)
      for (const { expires_at } of ends) {
        expect(Number(expires_at)).toBeGreaterThan(Date.now() + (3 * hour + 4500 - 120) * 1000)
      }
      expect(await short.ask(access_token)).toBe('401 token_revoked')
    },
  )

  it('whose clock is set forward and back forget nothing, and refuse nothing that is valid', inTurn, async () => {
    const clock = settableClock()
    const node = await start([], clock.env)
    const { username } = await register(node)
    const ended = await node.login(username)
    const living = await node.login(username)
    await node.send('/auth/logout', {}, ended.access_token)
    for (const seconds of [hour, 0, -hour, 0, 1100 * 24 * hour, 0]) {
      clock.set(seconds)
      await sleep(1500)
      expect([seconds, await node.ask(ended.access_token)]).toEqual([seconds, '401 token_revoked'])
      expect([seconds, await node.ask(living.access_token)]).toEqual([seconds, '200'])
      const { access_token } = await node.login(username)
      expect([seconds, await node.ask(access_token)]).toEqual([seconds, '200'])
    }
    clock.remove()
  })
})
