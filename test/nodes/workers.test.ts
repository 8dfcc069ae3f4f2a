import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { open as openFile, writeFile } from 'node:fs/promises'
import { Agent, get, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import { createDatabase, patient, query } from '../postgres.ts'
import { makeFolder, runHallpass, spawnHallpass } from '../server/process.ts'
import { template } from '../template.ts'
import { eventually, type Node, password, secret, startNode } from './node.ts'

const running: Node[] = []
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop()
})

async function start(database: string, args: readonly string[] = []): Promise<Node> {
  const node = await startNode(database, ['--workers', '2', ...args])
  running.push(node)
  return node
}

/** The numbers of the workers that have written to the log. */
function workersOf(node: Node): Set<number> {
  const lines = node.output.stdout.split('\n').filter((line) => line.includes('"worker":'))
  return new Set(lines.map((line) => JSON.parse(line).worker as number))
}

async function pidsOfWorkers(node: Pick<Node, 'child'>): Promise<number[]> {
  return readFileSync(`/proc/${node.child.pid}/task/${node.child.pid}/children`, 'utf8').trim().split(' ').map(Number)
}

/** Requests on a new connection, because a kept one may lead to a worker that is stuck. */
function getAlone(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => text(response).then(resolve, reject)).on('error', reject)
  })
}

/** Logs in on a kept or a new connection. @returns No status if the connection closed without an answer. */
function logInBy(
  agent: Agent,
  url: string,
): Promise<{ readonly status?: number | undefined; readonly wasReused: boolean }> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' }
    const asked = request(`${url}/auth/login`, { method: 'POST', agent, headers }, (response) => {
      const status = response.statusCode
      text(response).then(
        () => resolve({ status, wasReused: asked.reusedSocket }),
        () => resolve({ wasReused: true }),
      )
    })
    asked.on('error', () => resolve({ wasReused: asked.reusedSocket }))
    asked.end(JSON.stringify({ username: 'alice', password }))
  })
}

describe('two workers', () => {
  it('share a port, feel each other’s logouts, and tell their metrics in one', async () => {
    const node = await start(patient(await createDatabase(inject('postgresUrl'), template)))
    await node.send('/auth/register', { username: 'alice', password })
    for (let i = 0; i < 10; i++) {
      const { access_token } = await node.login('alice')
      // Connections go to the two workers in turn.
      const ask = () =>
        fetch(`${node.url}/auth/me`, { headers: { authorization: `Bearer ${access_token}`, connection: 'close' } })
      expect((await ask()).status).toBe(200)
      expect((await node.send('/auth/logout', {}, access_token)).status).toBe(204)
      await eventually(async () => {
        for (let times = 0; times < 4; times++) expect((await ask()).status).toBe(401)
      })
    }
    expect(workersOf(node).size).toBe(2)
    const metrics = await (await fetch(`${node.url}/metrics`)).text()
    expect(metrics).toContain('hallpass_logins_total{outcome="succeeded"} 10')
    expect(metrics).toMatch(/^hallpass_revocations 10$/m)
    expect(metrics).toContain('hallpass_build_info{version="0.1.0"} 1\n')
  })

  it('are replaced when one dies, and lose nothing', async () => {
    const folder = makeFolder()
    const node = await start(`sqlite:${folder.path}/test.db`)
    await node.send('/auth/register', { username: 'alice', password })
    const { access_token } = await node.login('alice')
    const [victim] = await pidsOfWorkers(node)
    process.kill(victim as number, 'SIGKILL')
    await eventually(async () => {
      const pids = await pidsOfWorkers(node)
      expect(pids).toHaveLength(2)
      expect(pids).not.toContain(victim)
    })
    await eventually(async () => expect(await node.ask(access_token)).toBe('200'))
    expect(node.output.stdout).toContain('a worker ended and is being replaced')
    await running.pop()?.stop()
    folder.remove()
  })

  it('serve if one of them dies before it listens, and replace it', async () => {
    const folder = makeFolder()
    const args = ['serve', '--port', '0', '--workers', '2', '--database', `sqlite:${folder.path}/test.db`]
    const starting = spawnHallpass(args, { env: { HALLPASS_ENCRYPTION_SECRET: secret } })
    // It takes a hundred times as long to start.
    const victim = await vi.waitUntil(async () => (await pidsOfWorkers(starting))[1], { interval: 5, timeout: 600_000 })
    process.kill(victim, 'SIGKILL')
    await eventually(async () => {
      expect(starting.output.stdout).toContain('"listening"')
      const pids = await pidsOfWorkers(starting)
      expect(pids).toHaveLength(2)
      expect(pids).not.toContain(victim)
    })
    expect(starting.output.stdout).toContain('a worker ended and is being replaced')
    starting.child.kill('SIGTERM')
    expect((await starting.finished).exitCode).toBe(0)
    folder.remove()
  })

  it('are counted in one, also while one is stuck and when it is replaced', async () => {
    const node = await start(patient(await createDatabase(inject('postgresUrl'), template)))
    await node.send('/auth/register', { username: 'alice', password })
    const metricsOf = async () => {
      const metrics = await getAlone(`${node.url}/metrics`)
      const numberOf = (name: string) => Number(metrics.split(`\n${name} `)[1]?.split('\n')[0])
      return {
        logins: numberOf('hallpass_logins_total{outcome="succeeded"}'),
        replied: numberOf('hallpass_workers{state="replied"}'),
        silent: numberOf('hallpass_workers{state="silent"}'),
      }
    }
    const logIn = () => node.send('/auth/login', { username: 'alice', password })
    await Promise.all(Array.from({ length: 8 }, logIn))
    await eventually(async () => expect(await metricsOf()).toEqual({ logins: 8, replied: 2, silent: 0 }))
    const [victim] = await pidsOfWorkers(node)
    process.kill(victim as number, 'SIGSTOP')
    // One of the two connections goes to the stuck worker and waits for it.
    await eventually(async () =>
      expect(await Promise.any([metricsOf(), metricsOf()])).toEqual({ logins: 8, replied: 1, silent: 1 }),
    )
    process.kill(victim as number, 'SIGKILL')
    await eventually(async () => expect(await metricsOf()).toEqual({ logins: 8, replied: 2, silent: 0 }))
    await Promise.all(Array.from({ length: 4 }, logIn))
    expect((await metricsOf()).logins).toBe(12)
  })

  it('finish what they have when each is told by a signal of its own, as systemd does', async () => {
    const node = await start(patient(await createDatabase(inject('postgresUrl'), template)))
    await node.send('/auth/register', { username: 'alice', password })
    const all = <Result>(work: () => Promise<Result>) => Array.from({ length: 16 }, work)
    // On connections that are already open.
    await Promise.all(all(() => node.ask('')))
    const answers = all(() => node.send('/auth/login', { username: 'alice', password }))
    await answers[0]
    for (const pid of await pidsOfWorkers(node)) process.kill(pid, 'SIGTERM')
    node.child.kill('SIGTERM')
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(16).fill(200))
    expect((await node.finished).exitCode).toBe(0)
  })

  it('finish what they have when they are told to stop, and end with 0', async () => {
    const database = patient(await createDatabase(inject('postgresUrl'), template))
    const node = await start(database)
    await node.send('/auth/register', { username: 'alice', password })
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const answers: number[] = []
    let isClosed = false
    const load = Array.from({ length: 8 }, async () => {
      while (!isClosed) {
        const { status, wasReused } = await logInBy(agent, node.url)
        if (status !== undefined) answers.push(status)
        // A connection that a worker has is answered, or closed with an answer. A new one may be too late, and nothing
        // is done.
        else if (wasReused) throw new Error('A connection that was served was closed without an answer')
        else isClosed = true
      }
    })
    await vi.waitUntil(() => answers.length > 10, { timeout: 600_000 })
    node.child.kill('SIGTERM')
    expect((await node.finished).exitCode).toBe(0)
    await Promise.all(load)
    agent.destroy()
    expect(new Set(answers)).toEqual(new Set([200]))
    // As many as were answered, so none was begun and lost.
    const [{ count }] = (await query(
      database,
      "SELECT count(*)::int AS count FROM hallpass_audit WHERE event = 'login_succeeded'",
    )) as [{ count: number }]
    expect(count).toBe(answers.length)
  })

  it('say once what is wrong with the configuration', async () => {
    const database = patient(await createDatabase(inject('postgresUrl'), template))
    await (await startNode(database)).stop()
    const env = { HALLPASS_DATABASE: database, HALLPASS_ENCRYPTION_SECRET: `${secret}x` }
    const { exitCode, stderr } = await runHallpass(['serve', '--port', '0', '--workers', '2'], { env })
    expect(exitCode).toBe(78)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain('HALLPASS_PREVIOUS_ENCRYPTION_SECRET')
  })

  it.each(['SIGHUP', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'start and end without a word if their parent gets %s',
    async (signal) => {
      const folder = makeFolder()
      const pipe = `${folder.path}/pipe`
      execFileSync('mkfifo', [pipe])
      const args = ['serve', '--port', '0', '--workers', '2', '--encryption-secret-file', pipe]
      const { child, finished } = spawnHallpass(args, { cwd: folder.path })
      await writeFile(pipe, secret)
      await eventually(async () => expect(await pidsOfWorkers({ child })).not.toContain(0))
      // The worker reads its configuration now.
      const writing = await openFile(pipe, 'w')
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
      await writing.write(secret).catch(() => {})
      await writing.close()
      expect((await finished).stderr).toBe('')
      folder.remove()
    },
  )

  it('create one secret and one pair of keys at the first start', async () => {
    const folder = makeFolder()
    const node = await startNode(
      `sqlite:${folder.path}/test.db`,
      ['--workers', '3', '--encryption-secret-file', `${folder.path}/s`],
      {
        HALLPASS_ENCRYPTION_SECRET: undefined,
      },
    ).catch((error: Error) => error.message)
    // A file named in a setting must exist.
    expect(node).toContain('ended with 78')
    const made = await startNode(`sqlite:${folder.path}/test.db`, ['--workers', '3'], {
      HALLPASS_ENCRYPTION_SECRET: undefined,
    })
    const { keys } = (await (await fetch(`${made.url}/.well-known/jwks.json`)).json()) as { keys: object[] }
    expect(keys).toHaveLength(2)
    await made.stop()
    folder.remove()
  })
})

describe('a secret', () => {
  it('is changed: the start says what to do, and with the one before everything goes on', async () => {
    const database = patient(await createDatabase(inject('postgresUrl'), template))
    const other = 'an0ther-s3cret-that-is-also-long-enough-for-it'
    const node = await startNode(database)
    await node.send('/auth/register', { username: 'alice', password })
    const { access_token } = await node.login('alice')
    await node.stop()
    const run = (args: string[], env: NodeJS.ProcessEnv) =>
      runHallpass(args, { env: { HALLPASS_DATABASE: database, HALLPASS_ENCRYPTION_SECRET: other, ...env } })

    const refused = await run(['serve', '--port', '0'], {})
    expect(refused).toMatchObject({ exitCode: 78, stdout: '' })
    expect(refused.stderr).toMatch(
      /^hallpass: The signing keys .* different secret.*HALLPASS_PREVIOUS_ENCRYPTION_SECRET.*\n$/,
    )

    const both = { HALLPASS_ENCRYPTION_SECRET: other, HALLPASS_PREVIOUS_ENCRYPTION_SECRET: secret }
    const next = await startNode(database, [], both)
    expect(await next.ask(access_token)).toBe('200')
    expect(await run(['keys', 'rewrap'], both)).toMatchObject({ exitCode: 0, stdout: 'Re-encrypted 2 keys\n' })
    expect(await next.ask((await next.login('alice')).access_token)).toBe('200')
    await next.stop()

    const last = await startNode(database, [], { HALLPASS_ENCRYPTION_SECRET: other })
    expect(await last.ask(access_token)).toBe('200')
    await last.stop()
  })
})
