import * as client from 'openid-client'
import { describe, expect, it } from 'vitest'
import { ProfileInvalidError } from '../../../src/accounts/identities/providers/faults.ts'
import { readUser } from '../../../src/accounts/identities/providers/user-claims.ts'

const user = 'https://api.example/user'
const emails = 'https://api.example/user/emails'

/** What the endpoints of a provider answer; a function in the place of the network is the library's own option. */
function read(
  answers: Readonly<Record<string, readonly [status: number, body: string, headers?: Record<string, string>]>>,
) {
  const configuration = new client.Configuration({ issuer: 'https://api.example' }, 'id')
  configuration[client.customFetch] = async (url) => {
    const [status, body, headers] = answers[String(url)] ?? [500, '']
    return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } })
  }
  return readUser(client, configuration, 'token', { user, emails })
}

describe('addresses that the application may not read', () => {
  const account = [200, '{"id":1}'] as const
  it.each<[what: string, answer: readonly [number, string], found: unknown]>([
    ['are there', [200, '[{"email":"a@mail.example"}]'], { id: 1, emails: [{ email: 'a@mail.example' }] }],
    ['are forbidden', [403, '{"message":"Resource not accessible by integration"}'], { id: 1, emails: undefined }],
    ['are hidden', [404, '{"message":"Not Found"}'], { id: 1, emails: undefined }],
  ])('%s', async (_what, answer, found) => {
    expect(await read({ [user]: account, [emails]: answer })).toEqual(found)
  })

  it.each<[what: string, answers: Parameters<typeof read>[0]]>([
    ['addresses fail', { [user]: account, [emails]: [500, ''] }],
    ['addresses are no JSON', { [user]: account, [emails]: [200, '<p>'] }],
    ['there were too many requests', { [user]: account, [emails]: [429, '{}', { 'retry-after': '60' }] }],
    ['the limit is reached', { [user]: account, [emails]: [403, '{}', { 'x-ratelimit-remaining': '0' }] }],
    ['the account is forbidden', { [user]: [403, '{}'], [emails]: [200, '[]'] }],
    ['the account is hidden', { [user]: [404, '{}'], [emails]: [200, '[]'] }],
  ])('is no sign-in where %s', async (_what, answers) => {
    await expect(read(answers)).rejects.toThrow(ProfileInvalidError)
  })
})
