import { JwtManager } from 'hallpass'
import { testToken } from 'hallpass/testing'
import { jwtRequired, requestGuard } from 'hallpass/web'
import { describe, expect, it } from 'vitest'

const jwt = new JwtManager({ secret: 'a secret of more than thirty-two bytes', tokenLocation: ['headers', 'json'] })
const headers = { authorization: `Bearer ${testToken(jwt, { identity: 'alice' })}` }
const request = () => new Request('http://localhost/', { headers })

describe('what the framework hands to a handler', () => {
  /** Like Bun's server: its methods work only if they are called on the object itself. */
  class Server {
    readonly #address = '203.0.113.9'
    get port(): number {
      return this.#address.length
    }
    requestIP(_request: Request): { address: string } {
      return { address: this.#address }
    }
  }

  it('is passed together with jwt, a plain object as a plain object', async () => {
    const handle = jwtRequired(jwt)<{ params: number }>((_request, context) => Response.json(context))
    expect(await (await handle(request(), { params: 5 })).json()).toMatchObject({
      params: 5,
      jwt: { identity: 'alice' },
    })
    const bare = Object.assign(Object.create(null), { params: 5 })
    expect(await (await handle(request(), bare)).json()).toMatchObject({ params: 5, jwt: { identity: 'alice' } })
    expect(await (await handle(request())).json()).toMatchObject({ jwt: { identity: 'alice' } })
  })

  it('keeps its methods, and is not modified', async () => {
    const server = new Server()
    const handle = jwtRequired(jwt)<Server>((given, context) =>
      Response.json([context.requestIP(given).address, context.port, context.jwt.identity, 'jwt' in server]),
    )
    expect(await (await handle(request(), server)).json()).toEqual(['203.0.113.9', 11, 'alice', false])
  })

  it('may be several values', async () => {
    const handle = jwtRequired(jwt)<object, Request, [number, string]>((_request, { jwt }, ...rest) =>
      Response.json([jwt.identity, ...rest]),
    )
    expect(await (await handle(request(), {}, 1, 'b')).json()).toEqual(['alice', 1, 'b'])
  })
})

describe('a body that other code has', () => {
  const guard = requestGuard(jwt, { locations: 'json' })
  const post = () =>
    new Request('http://localhost/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: testToken(jwt, { identity: 'alice' }) }),
    })

  const rows: [what: string, take: (request: Request) => unknown][] = [
    ['read', (request) => request.text()],
    ['locked', (request) => request.body?.getReader()],
    ['cancelled', (request) => request.body?.cancel()],
    ['divided', (request) => request.body?.tee()],
  ]
  it.each(rows)('%s makes it a request without a token', async (_what, take) => {
    const taken = post()
    await take(taken)
    expect(await guard(taken)).toMatchObject({ status: 401 })
  })

  it('not touched is still readable for the handler', async () => {
    const given = post()
    expect(await guard(given)).toMatchObject({ identity: 'alice' })
    expect(await given.json()).toHaveProperty('access_token')
  })
})
