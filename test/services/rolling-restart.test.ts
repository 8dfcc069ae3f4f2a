import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { eventually, type Node, password, startNode } from '../nodes/node.ts'
import { createDatabase, freePort, patient } from '../postgres.ts'
import { makeFolder, post } from '../server/process.ts'
import { template } from '../template.ts'
import { documentedTimes, startBalancer, type Times } from './balancing.ts'
import { proxyNames, type RunningProxy } from './proxy.ts'

/** How long a manual trial sends requests and restarts nodes. The suite restarts each node once, with shorter times. */
const trialSeconds = Number(process.env.ROLLING_RESTART_SECONDS ?? 0)
const times: Times = trialSeconds > 0 ? documentedTimes : { delaySeconds: 3, keepAliveSeconds: 2 }
const clientsOfEach = trialSeconds > 0 ? 4 : 1

const folder = makeFolder()
let proxies: RunningProxy[] = []
let database: string
let ports: [number, number]
let nodes: [Node, Node]

const start = (port: number) =>
  startNode(database, ['--shutdown-delay-seconds', `${times.delaySeconds}`, '--trust-proxy', '1'], {
    HALLPASS_PORT: `${port}`,
  })

beforeAll(async () => {
  database = patient(await createDatabase(inject('postgresUrl'), template))
  ports = [await freePort(), await freePort()]
  nodes = await Promise.all([start(ports[0]), start(ports[1])])
  await nodes[0].send('/auth/register', { username: 'alice', password })
  proxies = await Promise.all(proxyNames.map((name) => startBalancer(name, ports, times, folder.path)))
})
afterAll(async () => {
  for (const proxy of proxies) await proxy.stop()
  for (const node of nodes ?? []) await node.stop()
  folder.remove()
})

/** Refreshes through a proxy until it is told to stop. Answers that are lost or refused are recorded. */
async function refreshAlways(url: string, ending: AbortSignal, faults: string[]): Promise<number> {
  const login = await post(`${url}/auth/login`, { username: 'alice', password })
  let token: string = login.body.refresh_token
  let count = 0
  while (!ending.aborted) {
    try {
      const answer = await fetch(`${url}/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token: token }),
      })
      const text = await answer.text()
      if (answer.status === 200) token = JSON.parse(text).refresh_token
      else faults.push(`${answer.status} ${text}`)
    } catch (error) {
      faults.push(String(error))
    }
    count++
    await sleep(20)
  }
  return count
}

async function restart(index: 0 | 1): Promise<void> {
  nodes[index].child.kill('SIGTERM')
  expect((await nodes[index].finished).exitCode).toBe(0)
  nodes[index] = await start(ports[index])
  await eventually(async () => {
    if (!(await fetch(`${nodes[index].url}/readyz`)).ok) throw new Error('not ready')
    if (trialSeconds === 0) expectUp(index)
  })
}

/**
 * Fails while a proxy that checks the nodes takes this one for down. The documented delay is longer than their checks
 * take; the short one of the suite is not, on a busy machine.
 */
function expectUp(index: 0 | 1): void {
  const names = [`Server hallpass/${['one', 'two'][index]} is `, `"host":"127.0.0.1:${ports[index]}"`]
  for (const { log } of proxies) {
    const last = log.split('\n').findLast((line) => names.some((name) => line.includes(name)))
    if (last !== undefined) expect(last).toMatch(/is UP|host is up/)
  }
}

describe('two nodes behind nginx, Caddy and HAProxy', () => {
  it('are restarted one after the other, and no request fails', async () => {
    const faults = proxyNames.map((): string[] => [])
    const ending = new AbortController()
    const clients = proxies.flatMap(({ port }, i) =>
      Array.from({ length: clientsOfEach }, () =>
        refreshAlways(`http://127.0.0.1:${port}`, ending.signal, faults[i] as string[]),
      ),
    )
    const until = performance.now() + trialSeconds * 1000
    do {
      await restart(0)
      await restart(1)
    } while (performance.now() < until)
    ending.abort()
    const counts = await Promise.all(clients)
    expect(faults, proxies.map(({ log }) => log).join('\n\n')).toEqual([[], [], []])
    expect(Math.min(...counts)).toBeGreaterThan(10)
    if (trialSeconds > 0) console.log(`${counts.reduce((sum, one) => sum + one, 0)} requests`)
  }, 600_000)
})
