import { generateKey, type Key, KeySet } from 'hallpass'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { refusal, type Service, startService } from '../service.ts'
import { addApp, challengeOf, codeNow, enroll, verify } from './authenticator.ts'

describe.each(databases)('the keys of an application on $name', ({ open }) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await open()
  })
  afterAll(() => test.drop())

  /** Each start is a minute later: no code is the same. */
  let elapsed = 0
  async function withKeys<Result>(keys: Key[], work: (service: Service) => Promise<Result>): Promise<Result> {
    elapsed += 60
    const service = await startService(test.url, { secret: undefined, keys: new KeySet(keys) }, elapsed)
    try {
      return await work(service)
    } finally {
      await service.auth.close()
    }
  }
  const [first, second] = [generateKey('ES256'), generateKey('ES256')]

  it('rotate, and authenticator apps that are used meanwhile go on', async () => {
    const { username, secret } = await withKeys([first], (service) => enroll(service, 'alice'))
    const logIn = async (service: Service) =>
      verify(service, await challengeOf(service, username), codeNow(service, secret))
    expect((await withKeys([first, second], logIn)).status).toBe(200)
    expect((await withKeys([second], logIn)).status).toBe(200)
  })

  it('are missing: right codes are neither accepted nor counted as wrong', async () => {
    const { username, secret } = await withKeys([first], (service) => enroll(service, 'bob'))
    const outcomes = await withKeys([second], async (service) => {
      const token = await challengeOf(service, username)
      const replies: string[] = []
      for (let i = 0; i < 12; i++) replies.push(refusal(await verify(service, token, codeNow(service, secret))))
      return replies
    })
    expect([...new Set(outcomes)]).toEqual(['503 unavailable'])
    const back = await withKeys([first], async (service) =>
      verify(service, await challengeOf(service, username), codeNow(service, secret)),
    )
    expect(back.status).toBe(200)
  })

  it('are missing for one app of two: wrong codes for the other one count', async () => {
    const { username, access_token } = await withKeys([first], (service) => enroll(service, 'carol'))
    const added = await withKeys([first, second], async (service) => {
      const { confirmed } = await addApp(service, access_token)
      return confirmed.status
    })
    expect(added).toBe(200)
    const outcomes = await withKeys([second], async (service) => {
      const token = await challengeOf(service, username)
      const replies: string[] = []
      for (let i = 0; i < 6; i++) replies.push(refusal(await verify(service, token, '000000')))
      return replies
    })
    expect(outcomes).toEqual([...Array(5).fill('401 mfa_code_invalid'), '401 mfa_token_invalid'])
  })
})
