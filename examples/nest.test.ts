import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Module,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { testToken } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../test/auth/service.ts'

process.env.JWT_SECRET_KEY = secret
const { AppModule, jwt, TokenErrorFilter } = await import('./nest.ts')

const caught: unknown[] = []

/** A filter of the application itself, which would answer any error. */
@Catch()
class Filter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    caught.push(error)
    host.switchToHttp().getResponse().status(500).json({ filtered: true })
  }
}

@Controller()
class DecodeController {
  @Get('decode')
  decode(): { jti: string | null } {
    return { jti: jwt.decodeToken('x').jti }
  }
}

@Module({ imports: [AppModule], controllers: [DecodeController] })
class TestModule {}

describe('examples/nest', () => {
  let app: INestApplication
  let url: string
  beforeAll(async () => {
    app = await NestFactory.create(TestModule, { logger: false })
    app.useGlobalFilters(new Filter(), new TokenErrorFilter())
    await app.listen(0, '127.0.0.1')
    url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`
  })
  afterAll(() => app?.close())

  const rows: [path: string, token: string | undefined, status: number, body: unknown][] = [
    ['/protected', undefined, 401, { code: 'token_missing', msg: 'Missing Authorization Header' }],
    ['/protected', testToken(jwt, { identity: 'alice' }), 200, { msg: 'Hello, alice!' }],
    [
      '/protected',
      testToken(jwt, { identity: 'alice', expiredSecondsAgo: 1 }),
      401,
      { code: 'token_expired', msg: 'Token has expired' },
    ],
    [
      '/admin',
      testToken(jwt, { identity: 'alice' }),
      403,
      { code: 'insufficient_scope', msg: 'The user lacks a required role' },
    ],
    ['/admin', testToken(jwt, { identity: 'root', roles: ['admin'] }), 200, { roles: ['admin'] }],
    ['/decode', undefined, 401, { code: 'token_malformed', msg: expect.any(String) }],
  ]
  it.each(rows)('%s', async (path, token, status, body) => {
    const response = await fetch(url + path, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
    expect([response.status, await response.json()]).toEqual([status, body])
    expect(caught).toEqual([])
  })
})
