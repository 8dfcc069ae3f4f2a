import { afterEach, expect, it, vi } from 'vitest'
import { DiscoveryCache } from '../../../src/accounts/identities/providers/discovery-cache.ts'

const issuer = 'https://login.example/tenant'
const description = `${issuer}/.well-known/openid-configuration`
const keys = `${issuer}/.well-known/jwks.json`

afterEach(() => void vi.useRealTimers())

it('keeps the description of a provider, and not its keys, which are beside it', async () => {
  const asked: string[] = []
  const cache = new DiscoveryCache(async (address) => {
    asked.push(address)
    return new Response(`${asked.length}`)
  })
  const answers: string[] = []
  for (let signIn = 0; signIn < 2; signIn++) {
    const { fetch } = cache.forOne()
    for (const address of [description, keys]) answers.push(await (await fetch(address, {})).text())
  }
  expect(asked).toEqual([description, keys, keys])
  expect(answers).toEqual(['1', '2', '1', '3'])
})

it('asks again after an hour, even if the machine slept meanwhile', async () => {
  let asked = 0
  const cache = new DiscoveryCache(async () => new Response(`${asked++}`))
  const signIn = () => cache.forOne().fetch(description, {})
  vi.useFakeTimers({ toFake: ['Date'] })
  await signIn()
  vi.setSystemTime(Date.now() + 59 * 60_000)
  await signIn()
  expect(asked).toBe(1)
  vi.setSystemTime(Date.now() + 61_000)
  await signIn()
  expect(asked).toBe(2)
})
