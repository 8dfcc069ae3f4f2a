import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { type Node, password, startNode } from './node.ts'

const account = { username: 'robot', password }

describe.each(databases)('limits of three nodes at their defaults, on $name', ({ open }) => {
  const nodes: Node[] = []
  let drop: () => Promise<void>

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    const limits = { HALLPASS_ATTEMPTS_PER_ACCOUNT: '10', HALLPASS_ATTEMPTS_PER_ADDRESS: '100' }
    const proxy = { HALLPASS_TRUST_PROXY: '1' }
    const start = () => startNode(database.url, [], { ...limits, ...proxy })
    nodes.push(...(await Promise.all([start(), start(), start()])))
    await nodes[0]?.send('/auth/register', account)
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await drop()
  })

  async function login(number: number, body: object): Promise<number> {
    const response = await fetch(`${nodes[number % nodes.length]?.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.${number % 200}.1` },
      body: JSON.stringify({ ...account, ...body }),
    })
    await response.arrayBuffer()
    return response.status
  }
  const many = (count: number, body: object) =>
    Promise.all(Array.from({ length: count }, (_, number) => login(number, body)))

  it('accept 60 concurrent logins of one account with the right password', async () => {
    expect(await many(60, {})).toEqual(Array(60).fill(200))
  })

  it('check ten of 400 concurrent logins with a wrong password, and then one per turn', async () => {
    const began = performance.now()
    const statuses = await many(400, { username: 'another', password: 'a wrong password' })
    const seconds = (performance.now() - began) / 1000
    const seen = statuses.filter((status) => status === 401).length
    expect(seen).toBeGreaterThanOrEqual(10)
    // Turns follow after one second, two, four and so on. Two networks may share the first steps.
    expect(seen).toBeLessThanOrEqual(10 + 2 * Math.log2(1 + seconds))
    expect(statuses.filter((status) => status === 429)).toHaveLength(400 - seen)
  })
})
