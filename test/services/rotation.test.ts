import { setTimeout as sleep } from 'node:timers/promises'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, describe, expect, inject, it, vi } from 'vitest'
import { type Node, password, secret, startNode } from '../nodes/node.ts'
import { createDatabase, patient } from '../postgres.ts'
import { type Finished, makeFolder, runHallpass } from '../server/process.ts'
import { template } from '../template.ts'

/** How long other services may cache the keys, as jose does. */
const jwksMaxAgeSeconds = 1

const folder = makeFolder()
afterAll(() => folder.remove())

const rows: [database: string, nodes: number, make: () => Promise<string>][] = [
  ['SQLite', 2, async () => `sqlite:${folder.path}/test.db`],
  ['PostgreSQL', 2, async () => patient(await createDatabase(inject('postgresUrl'), template))],
]

/** What went wrong, and with which keys the tokens were signed. */
interface Load {
  readonly kids: Set<string>
  readonly faults: string[]
  requests: number
}

/**
 * Logs in at one node, verifies the tokens at all nodes and with jose, refreshes, and repeats until it is told to stop.
 */
async function load(nodes: readonly Node[], state: Load, ending: AbortSignal): Promise<void> {
  const keySets = nodes.map((node) =>
    createRemoteJWKSet(new URL(`${node.url}/.well-known/jwks.json`), {
      cacheMaxAge: jwksMaxAgeSeconds * 1000,
      cooldownDuration: 0,
    }),
  )
  while (!ending.aborted) {
    for (const node of nodes) {
      const login = await node.login('alice')
      const refreshed = await node.send('/auth/refresh', { refresh_token: login.refresh_token })
      if (refreshed.status !== 200) throw new Error(`refresh: ${refreshed.status} ${JSON.stringify(refreshed.body)}`)
      for (const token of [login.access_token, refreshed.body.access_token]) {
        state.kids.add(JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid)
        for (const other of nodes) {
          const answer = await other.ask(token)
          if (answer !== '200') state.faults.push(answer)
        }
        for (const keys of keySets) {
          await jwtVerify(token, keys).catch((error) => state.faults.push(String(error)))
        }
        state.requests += nodes.length * 2
      }
    }
  }
}

/** Rotates as soon as possible: not while others may have a copy without the next key. */
async function rotate(args: readonly string[]): Promise<Finished> {
  for (;;) {
    const finished = await runHallpass(['keys', 'rotate', ...args], { env: { HALLPASS_ENCRYPTION_SECRET: secret } })
    if (!finished.stderr.startsWith('hallpass: Not yet')) return finished
    await sleep(200)
  }
}

describe.each(rows)('two nodes on %s, under load', (_, count, make) => {
  it('rotate their key, and not one request fails', async () => {
    const database = await make()
    const args = ['--jwks-max-age-seconds', `${jwksMaxAgeSeconds}`]
    const nodes = await Promise.all(Array.from({ length: count }, () => startNode(database, args)))
    const state: Load = { kids: new Set(), faults: [], requests: 0 }
    const ending = new AbortController()
    await nodes[0]?.send('/auth/register', { username: 'alice', password })
    const loads = Array.from({ length: 4 }, () => load(nodes, state, ending.signal))
    const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 600_000, interval: 10 })
    try {
      for (let rotations = 1; rotations <= 3; rotations++) {
        await until(() => state.kids.size === rotations)
        const rotated = await rotate(['--database', database, ...args])
        expect([rotated.exitCode, rotated.stderr]).toEqual([0, ''])
      }
      await until(() => state.kids.size === 4)
      const soFar = state.requests
      await until(() => state.requests > soFar + 100)
    } finally {
      ending.abort()
      const ended = await Promise.allSettled(loads)
      for (const node of nodes) await node.stop()
      expect(ended.filter(({ status }) => status === 'rejected')).toEqual([])
    }
    expect(state.faults).toEqual([])
    expect(state.kids.size).toBe(4)
    expect(state.requests).toBeGreaterThan(100)
  })
})
