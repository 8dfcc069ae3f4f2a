import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operatorOrigin } from '../../src/core/events.ts'
import { defineEndpoint, type Endpoint, type RouteEnv, type RouteParts } from '../../src/routes/http/endpoint.ts'
import { makeRunner } from '../../src/routes/http/run.ts'
import { endpoints } from '../../src/routes/index.ts'

const contract = { id: 'x', method: 'get', path: '/x', summary: '', refusals: [] } as const
const answers = { 204: { description: '' } } as const

/** An endpoint whose handlers end when the test says so. */
function serve({ waits }: Pick<Endpoint, 'waits'>) {
  const started: string[] = []
  const ends: (() => void)[] = []
  const declared = { ...contract, answers, ...(waits && { waits }) }
  const endpoint = defineEndpoint(declared, async ({ origin }) => {
    started.push(origin.address ?? '')
    await new Promise<void>((resolve) => ends.push(resolve))
    return { status: 204 }
  })
  const app = new Hono<RouteEnv>()
  // Handlers and the reading of requests get no part of what is not there.
  const run = makeRunner({} as RouteParts)
  app.get('/x', (c) => {
    c.set('origin', { ...operatorOrigin(null), address: c.req.header('from') ?? null })
    return run(endpoint, c)
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    started,
    ask: (times: number, from: string) =>
      Array.from({ length: times }, () => app.request('/x', { headers: { from } }) as Promise<Response>),
    settle,
    async endOne() {
      ends.shift()?.()
      await settle()
    },
    /** Ends all, and those that come after. */
    async endAll() {
      for (await settle(); ends.length > 0; await settle()) for (const end of ends.splice(0)) end()
    },
  }
}

describe('requests at once', () => {
  it('wait for one of a crowd that comes before, and not for all', async () => {
    const { started, ask, settle, endOne, endAll } = serve({})
    const crowds = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].flatMap((from) => ask(300, from))
    await settle()
    expect(started).toHaveLength(32)
    const other = ask(1, '192.0.2.5')
    await settle()
    for (let ended = 0; ended < 4; ended++) await endOne()
    expect(started.slice(32)).toContain('192.0.2.5')
    await endAll()
    const statuses = (await Promise.all([...crowds, ...other])).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([204]))
    expect(statuses).toHaveLength(1201)
  })

  it('wait for none of a crowd that comes alone', async () => {
    const { started, ask, settle, endAll } = serve({})
    const crowd = ask(300, '192.0.2.1')
    await settle()
    expect(started).toHaveLength(8)
    const other = ask(1, '192.0.2.2')
    await settle()
    expect(started).toHaveLength(9)
    await endAll()
    await Promise.all([...crowd, ...other])
    expect(started).toHaveLength(301)
  })

  it('wait for none that wait for something else than the database', async () => {
    const { started, ask, settle, endAll } = serve({ waits: true })
    const all = ask(300, '192.0.2.1')
    await settle()
    expect(started).toHaveLength(300)
    await endAll()
    await Promise.all(all)
  })

  // These hash, compare a code, ask another server, or sign a token, for which the application may be asked for claims.
  const signs = ({ answers }: Endpoint) =>
    Object.values(answers).some(({ schema }) => schema instanceof z.ZodObject && 'access_token' in schema.shape)
  const comparesCodes = (refuses: (code: string) => boolean) => refuses('code_invalid') && refuses('rate_limited')
  const waiting = endpoints.filter((endpoint) => {
    const refuses = (code: string) => endpoint.refusals.some((one) => one === code)
    // It repeats what another endpoint was refused with.
    if (endpoint.id === 'providerOutcome') return false
    return signs(endpoint) || refuses('overloaded') || refuses('provider_unavailable') || comparesCodes(refuses)
  })
  it.each(waiting)('take no place for $id', ({ waits }) => {
    expect(waits).toBe(true)
  })
})
