import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password, refusal, type Service, startService } from '../auth/service.ts'
import { cheap, createDatabase, type PostgresServer, query, startPostgres } from '../postgres.ts'
import { eventually } from './node.ts'

const body = { username: 'alice', password }

describe('two nodes that know a primary and its standby', () => {
  let primary: PostgresServer
  let standby: PostgresServer
  /** The address of the database on the standby. */
  let replica: string
  let nodes: [Service, Service]
  beforeAll(async () => {
    primary = await startPostgres()
    const url = await createDatabase(primary.url)
    standby = await startPostgres(cheap, primary.url)
    const hosts = [primary, standby].map((server) => new URL(server.url).host)
    replica = standby.url.replace(/\/\w+$/, new URL(url).pathname)
    const ofHosts = (list: readonly string[]) => url.replace(/@[^/]+/, `@${list.join(',')}`)
    const start = (list: readonly string[]) => startService(ofHosts(list), { onError: () => {}, onFault: () => {} })
    // In either order of the hosts.
    nodes = [await start(hosts), await start(hosts.toReversed())]
  })
  afterAll(async () => {
    for (const { auth } of nodes ?? []) await auth.close()
    await standby?.remove()
    await primary?.remove()
  })

  it('continue on the standby when it is promoted, and nothing revoked becomes valid again', async () => {
    const [one, other] = nodes
    const ended = await one.newcomer('alice')
    const kept = (await one.call('POST', '/auth/login', { body })).body
    await one.call('POST', '/auth/logout', { token: ended.access_token, body: {} })
    await eventually(async () => expect(await query(replica, 'SELECT 1 FROM hallpass_revocations')).toHaveLength(1))

    const stopped = new Promise((resolve) => primary.process.once('exit', resolve))
    primary.process.kill('SIGQUIT')
    await stopped
    expect(refusal(await one.call('POST', '/auth/login', { body }))).toBe('503 unavailable')
    await expect(one.auth.ready()).rejects.toThrow()
    await query(standby.url, 'SELECT pg_promote()')

    for (const node of [one, other]) {
      await eventually(async () => {
        await node.auth.ready()
        expect((await node.call('POST', '/auth/login', { body })).status).toBe(200)
        const me = (token: unknown) => node.call('GET', '/auth/me', { token: token as string })
        expect(refusal(await me(ended.access_token))).toBe('401 token_revoked')
        expect((await me(kept.access_token)).status).toBe(200)
      })
    }
    const refreshed = await one.call('POST', '/auth/refresh', { body: { refresh_token: kept.refresh_token } })
    expect(refreshed.status).toBe(200)
    const token = refreshed.body.access_token as string
    await one.call('POST', '/auth/logout', { token, body: {} })
    await eventually(async () =>
      expect(refusal(await other.call('GET', '/auth/me', { token }))).toBe('401 token_revoked'),
    )
  })
})
