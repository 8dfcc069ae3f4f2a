import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { type Service, startService } from '../service.ts'
import { Authenticator } from './authenticator.ts'

// Two copies of a passkey have counted equally far: whichever is second is noticed, also when both sign at once.
describe.each(databases)('a passkey that was copied, on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: readonly [Service, Service]
  beforeAll(async () => {
    test = await open()
    nodes = [await startService(test.url), await startService(test.url)]
  })
  afterAll(async () => {
    for (const { auth } of nodes) await auth.close()
    await test.drop()
  })

  it('is noticed by the counter of its copy, at once on two nodes', async () => {
    const [service] = nodes
    const { access_token: token } = await service.newcomer('user')
    const authenticator = new Authenticator()
    const begun = await service.call('POST', '/auth/passkeys/options', { token })
    const credential = authenticator.create(begun.body.options as never)
    const body = { challenge_token: begun.body.challenge_token, credential }
    expect((await service.call('POST', '/auth/passkeys', { token, body })).status).toBe(201)
    const answers = Array.from({ length: 4 }, async () => {
      const asked = await service.call('POST', '/auth/login/passkey/options')
      const assertion = authenticator.get(asked.body.options as never, { counter: 5 })
      return { challenge_token: asked.body.challenge_token, credential: assertion }
    })
    const bodies = await Promise.all(answers)
    const replies = await Promise.all(
      bodies.map((answer, index) =>
        (nodes[index % 2] as Service).call('POST', '/auth/login/passkey', { body: answer }),
      ),
    )
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const falls = nodes.flatMap(({ events }) => events.filter((event) => event === 'passkey_counter_fell'))
    expect(falls).toHaveLength(3)
  })
})
