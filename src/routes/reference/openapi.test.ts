import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { JwtManager } from '../../guard/jwt-manager.ts'
import type { GuardOptions } from '../../guard/options/guard-options.ts'
import { declaredCodes, declaredStatus } from '../http/declared-codes.ts'
import { defineEndpoint } from '../http/endpoint.ts'
import { openApiDocument } from './openapi.ts'

function guardedBy(guard: GuardOptions) {
  const answers = { 200: { description: '', schema: z.object({}) } }
  const contract = { id: 'x', method: 'get', path: '/x', summary: '', refusals: [], answers, guard } as const
  return defineEndpoint(contract, async () => ({ status: 200, body: {} }))
}

describe('an endpoint whose guard is optional', () => {
  const { settings } = new JwtManager({ secret: 'a secret of more than thirty-two bytes' })
  it.each([[true], [false]])('may be asked without a token: %s', (optional) => {
    const { paths } = openApiDocument([guardedBy({ optional })], '', settings) as {
      paths: Record<string, { get: { security: object[] } }>
    }
    const [path = ''] = Object.keys(paths)
    expect(paths[path]?.get.security.some((way) => Object.keys(way).length === 0)).toBe(optional)
  })
})

describe('an endpoint whose guard requires', () => {
  const code = 'insufficient_user_authentication'
  const { settings } = new JwtManager({ secret: 'a secret of more than thirty-two bytes' })
  const rows: [guard: GuardOptions, declares: boolean][] = [
    [{}, false],
    [{ mfa: false }, false],
    [{ fresh: true }, false],
    [{ mfa: true }, true],
    [{ maxAgeSeconds: 300 }, true],
    [{ mfa: true, maxAgeSeconds: 300 }, true],
  ]
  it.each(rows)('%j declares the challenge to authenticate again: %s', (guard, declares) => {
    const endpoint = guardedBy(guard)
    expect(declaredCodes(endpoint).has(code)).toBe(declares)
    expect(declaredStatus(endpoint, code)).toBe(401)
    expect(JSON.stringify(openApiDocument([endpoint], '', settings)).includes(code)).toBe(declares)
  })
})
