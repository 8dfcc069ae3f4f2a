import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  dataOf,
  type HandedOut,
  makeOneTimeSecret,
  nameOfOwner,
  nameOfToken,
  type Purpose,
  type WantedSecret,
} from '../../src/accounts/one-time/one-time-secret.ts'
import { proveCode } from '../../src/accounts/one-time/prove-code.ts'
import { Limits } from '../../src/accounts/passwords/limits/limits.ts'
import { operatorOrigin } from '../../src/core/events.ts'
import { makeServerSecret } from '../../src/secrets/server-secret.ts'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import {
  deleteEndedSecrets,
  findSecret,
  takeSecret,
  takeSecretById,
} from '../../src/store/one-time/one-time-secrets.ts'
import { databases, type TestDatabase } from '../databases.ts'

const secrets = makeServerSecret(['a secret of more than thirty-two bytes, today'])
const now = new Date('2026-11-26T12:00:00Z')
const plus = (milliseconds: number) => new Date(now.getTime() + milliseconds)

describe.each(databases)('what is used once, on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: [Database, Database]
  let count = 0
  beforeAll(async () => {
    test = await open()
    nodes = [await openDatabase(test.url), await openDatabase(test.url)]
  })
  afterAll(async () => {
    for (const node of nodes) await node.close()
    await test.drop()
  })

  async function make(about: Partial<WantedSecret> = {}): Promise<HandedOut & { readonly owner: string }> {
    const owner = about.owner ?? `owner ${count++}`
    const wanted = {
      purpose: 'reset_password',
      userId: null,
      address: null,
      seconds: 60,
      codeDigits: 6,
      ...about,
    } as const
    return { owner, ...(await makeOneTimeSecret(nodes[0].sql, { secrets }, { ...wanted, owner }, now)) }
  }
  const take = async (token: string, how: { purpose?: Purpose; at?: Date; browser?: string; node?: 0 | 1 } = {}) => {
    const name = nameOfToken(how.purpose ?? 'reset_password', token, how.browser)
    return name && takeSecret(nodes[how.node ?? 0].sql, name, how.at ?? now)
  }
  const flipped = (token: string) => token.replace(/[a-z](?=[^a-z]*$)/, (letter) => letter.toUpperCase())

  it('opens what it was made for, with what it is about', async () => {
    const { token, owner } = await make({ data: { to: 'ä', list: [1] } })
    expect(token).toMatch(/^hp_ot_[\w-]{50}$/)
    const secret = await take(token)
    expect(secret).toMatchObject({ owner, purpose: 'reset_password' })
    expect(secret && dataOf(secrets, secret)).toEqual({ to: 'ä', list: [1] })
    expect(await take(token)).toBeUndefined()
  })

  const refused: [what: string, try_: () => Promise<unknown>][] = [
    ['for another purpose', async () => take((await make()).token, { purpose: 'verify_email' })],
    ['that is expired by a millisecond', async () => take((await make()).token, { at: plus(60_000) })],
    ['in another browser', async () => take((await make({ browser: 'a' })).token, { browser: 'b' })],
    ['in no browser', async () => take((await make({ browser: 'a' })).token)],
    ['that is cut', async () => take((await make()).token.slice(0, -1))],
    ['that is extended', async () => take(`${(await make()).token}A`)],
    ['with another case', async () => take(flipped((await make()).token))],
    ['of another kind', async () => take((await make()).token.replace('hp_ot_', 'hp_rt_'))],
    [
      'that was superseded',
      async () => {
        const { token, owner } = await make()
        await make({ owner })
        return take(token)
      },
    ],
  ]
  it.each(refused)('opens nothing with a token %s', async (_what, try_) => {
    expect(await try_()).toBeUndefined()
  })

  it('opens until the last millisecond, in the browser that asked', async () => {
    const { token } = await make({ browser: 'a' })
    expect(await take(token, { browser: 'a', at: plus(59_999) })).toBeDefined()
  })

  it('opens once, of fifty at once on two nodes', async () => {
    const { token } = await make()
    const taken = await Promise.all(Array.from({ length: 50 }, (_, index) => take(token, { node: index % 2 ? 1 : 0 })))
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1)
  })

  it('is deleted when it is over, and not before', async () => {
    const { token } = await make()
    await deleteEndedSecrets(nodes[0].sql, plus(60_000), 1000)
    expect(await take(token)).toBeDefined()
    await make()
    expect(await deleteEndedSecrets(nodes[0].sql, plus(60_001), 1000)).toBeGreaterThan(0)
    expect(await deleteEndedSecrets(nodes[0].sql, plus(60_001), 1000)).toBe(0)
  })

  const origin = { ...operatorOrigin(null), address: '192.0.2.1' }
  const prove = (
    owner: string,
    code: string,
    { node = 0, limits = wide(node), at = now, purpose = 'reset_password' as Purpose } = {},
  ) =>
    proveCode({ database: nodes[node] as Database, secrets, limits, now: () => at }, { purpose, owner, code }, origin)
  const wide = (node: number) =>
    new Limits(
      { query: (nodes[node] as Database).query, now: () => new Date() },
      { attemptsPerAccount: 1000, attemptsPerAddress: 100_000 },
    )
  const another = (code = '') => `${(Number(code) + 1) % 1_000_000}`.padStart(6, '0')

  it('has a code that proves it, once', async () => {
    const { owner, code = '' } = await make()
    expect(code).toMatch(/^\d{6}$/)
    const secret = await prove(owner, code)
    expect(secret && (await takeSecretById(nodes[0].sql, secret, now))).toBe(true)
    expect(secret && (await takeSecretById(nodes[0].sql, secret, now))).toBe(false)
    expect(await prove(owner, code)).toBeUndefined()
  })

  const wrongCodes: [what: string, code: (right: string) => string][] = [
    ['another', another],
    ['a cut one', (code) => code.slice(1)],
    ['an extended one', (code) => `${code}0`],
    ['none', () => ''],
    [
      'digits of another script',
      (code) => [...code].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
    ],
  ]
  it.each(wrongCodes)('is not proven by %s', async (_what, change) => {
    const { owner, code = '' } = await make()
    expect(await prove(owner, change(code))).toBeUndefined()
    expect(await prove(owner, code)).toBeDefined()
  })

  it('is not proven by the code of another purpose or owner', async () => {
    const [one, other] = [await make(), await make({ purpose: 'verify_email' })]
    expect(await prove(other.owner, one.code ?? '', { purpose: 'verify_email' })).toBeUndefined()
    expect(await prove('no one', one.code ?? '')).toBeUndefined()
  })

  it('is dead after five wrong codes, on whichever node, for the right one too', async () => {
    const { owner, code } = await make()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => prove(owner, another(code), { node: index % 2 })),
    )
    expect(outcomes.filter((one) => one !== undefined)).toEqual([])
    expect(await prove(owner, code ?? '')).toBeUndefined()
    expect(await findSecret(nodes[0].sql, nameOfOwner('reset_password', owner), now)).toBeDefined()
  })

  it('has a limit of its owner that a new code does not begin anew', async () => {
    const owner = `owner ${count++}`
    const limits = new Limits(
      { query: nodes[0].query, now: () => new Date() },
      { attemptsPerAccount: 10, attemptsPerAddress: 100_000 },
    )
    const codes: string[] = []
    for (let round = 0; round < 6; round++) {
      const { code = '' } = await make({ owner })
      for (let i = 0; i < 4; i++) {
        codes.push(
          await prove(owner, another(code), { limits }).then(
            () => 'compared',
            (error) => error.code,
          ),
        )
      }
    }
    expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'compared'))
    // One more may be due: the first turn is free.
    expect(codes.slice(10).filter((code) => code === 'compared').length).toBeLessThanOrEqual(1)
    expect(codes.at(-1)).toBe('rate_limited')
  })
})
