import fastify, { type FastifyInstance } from 'fastify'
import { JwtManager } from 'hallpass'
import { hallpass, jwtRequired } from 'hallpass/fastify'
import { testToken } from 'hallpass/testing'
import { afterEach, describe, expect, it } from 'vitest'

const manager = () => new JwtManager({ secret: crypto.randomUUID() + crypto.randomUUID() })
const [outer, inner] = [manager(), manager()]
const bearer = (jwt: JwtManager, options: object = {}) => ({
  authorization: `Bearer ${testToken(jwt, { identity: 'alice', ...options })}`,
})

let app: FastifyInstance
afterEach(() => app.close())

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await app.inject({ url, headers })).statusCode
}

describe('the plugin', () => {
  it('decorates the scope that it is registered in, and those within', async () => {
    app = fastify()
    await app.register(async (scope) => {
      await scope.register(hallpass, { jwt: outer })
      scope.get('/a', { onRequest: scope.jwtRequired() }, async ({ jwt }) => jwt.identity)
      await scope.register(async (within) => {
        within.get('/b', { onRequest: within.jwtRequired({ roles: 'admin' }) }, async ({ jwt }) => jwt.claims.roles)
      })
    })
    await app.register(async (beside) => {
      beside.get('/c', async (request) => ({ has: 'jwtRequired' in beside, jwt: request.jwt ?? null }))
    })
    expect([await statusOf('/a'), await statusOf('/a', bearer(outer))]).toEqual([401, 200])
    expect(await statusOf('/b', bearer(outer))).toBe(403)
    expect((await app.inject({ url: '/b', headers: bearer(outer, { roles: ['admin'] }) })).json()).toEqual(['admin'])
    expect((await app.inject({ url: '/c', headers: bearer(outer) })).json()).toEqual({ has: false, jwt: null })
  })

  it('differs in a nested scope that registers it again, and on a route that names another manager', async () => {
    app = fastify()
    await app.register(hallpass, { jwt: outer })
    app.get('/old', { onRequest: app.jwtRequired() }, async () => 'in')
    await app.register(async (within) => {
      await within.register(hallpass, { jwt: inner })
      within.get('/new', { onRequest: within.jwtRequired() }, async () => 'in')
    })
    app.get('/older', { onRequest: app.jwtRequired() }, async () => 'in')
    app.get('/single', { onRequest: jwtRequired(inner) }, async () => 'in')
    for (const [url, right, wrong] of [
      ['/old', outer, inner],
      ['/older', outer, inner],
      ['/new', inner, outer],
      ['/single', inner, outer],
    ] as const) {
      expect([await statusOf(url, bearer(right)), await statusOf(url, bearer(wrong))]).toEqual([200, 401])
    }
  })

  it('guards every route of a scope with one hook, and its page for unknown paths', async () => {
    app = fastify()
    await app.register(hallpass, { jwt: outer })
    await app.register(
      async (scope) => {
        scope.addHook('onRequest', scope.jwtRequired())
        scope.get('/a', async () => 'in')
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send('nothing'))
      },
      { prefix: '/guarded' },
    )
    app.get('/open', async () => 'in')
    expect([await statusOf('/open'), await statusOf('/guarded/a')]).toEqual([200, 401])
    expect(await statusOf('/guarded/a', bearer(outer))).toBe(200)
    expect(await statusOf('/guarded/b', bearer(outer))).toBe(404)
  })

  const mistakes: [what: string, register: (app: FastifyInstance) => unknown, code: string][] = [
    ['no manager', (app) => app.register(hallpass, {} as never), 'option_invalid'],
    ['no options', (app) => app.register(hallpass, undefined as never), 'option_invalid'],
    ['something else', (app) => app.register(hallpass, { jwt: { settings: {} } as never }), 'option_invalid'],
    ['twice the same scope', (app) => app.register(hallpass, { jwt: inner }), 'FST_ERR_DEC_ALREADY_PRESENT'],
  ]
  it.each(mistakes)('fails if it is given %s', async (_what, register, code) => {
    app = fastify()
    if (code !== 'option_invalid') await app.register(hallpass, { jwt: outer })
    await expect(async () => {
      await register(app)
      await app.ready()
    }).rejects.toMatchObject({ code })
  })
})
