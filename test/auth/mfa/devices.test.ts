import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { insertIdentity } from '../../../src/store/identities.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { countWaiting } from '../waiting.ts'
import { addApp, codeNow, type Enrolled, enroll } from './authenticator.ts'

const day = 24 * 60 * 60

/** A user, and the token of a device that the user trusts. */
interface Trusting extends Enrolled {
  readonly userId: string
  readonly device: string
}

describe.each(databases)('a trusted device, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  /** Another node, on which roles demand a factor. */
  let demanding: Service
  /** A third, on which the time is shorter, and a fourth, on which no device is trusted. */
  let brief: Service
  let off: Service
  const links = new Map<string, string>()
  const mails: string[] = []
  let count = 0
  beforeAll(async () => {
    test = await open()
    const options = {
      emailSignIn: true,
      url: 'https://id.example',
      sendMail: async ({ to, subject, text }: { to: string; subject: string; text: string }) => {
        mails.push(`${to}: ${subject}\n${text}`)
        const token = /#token=([\w-]+)/.exec(text)?.[1]
        if (token !== undefined) links.set(to, token)
      },
    }
    service = await startService(test.url, options)
    demanding = await startService(test.url, { mfaRoles: ['admin'] })
    brief = await startService(test.url, { trustedDeviceSeconds: 3600 })
    off = await startService(test.url, { trustedDeviceSeconds: 0 })
  })
  afterAll(async () => {
    for (const { auth } of [service, demanding, brief, off]) await auth.close()
    await test.drop()
  })

  const login = (username: string, device?: string, at = service, given = password) =>
    at.call('POST', '/auth/login', { body: { username, password: given, trusted_device_token: device } })
  async function verified(user: Enrolled, more: object = {}, at = service): Promise<Reply> {
    at.elapsed += 30
    const { body } = await login(user.username, undefined, at)
    const code = codeNow(at, user.secret)
    return at.call('POST', '/auth/mfa/verify', {
      body: { mfa_token: body.mfa_token, method: 'totp', code, ...more },
    })
  }
  async function trusting(): Promise<Trusting> {
    const user = await enroll(service, `device${count++}`)
    const { body } = await verified(user, { remember_device: true })
    return {
      ...user,
      userId: userIdOf(user),
      access_token: String(body.access_token),
      device: String(body.trusted_device_token),
    }
  }
  const userIdOf = ({ access_token: token }: Enrolled) => String(service.auth.jwt.decodeToken(token).sub)
  const devicesOf = async (token: string) =>
    (await service.call('GET', '/auth/devices', { token })).body.devices as Record<string, unknown>[]
  const outcome = async (reply: Promise<Reply>) => {
    const answer = await reply
    return answer.status === 200 ? 'in' : refusal(answer)
  }
  const asked = '403 mfa_required'

  it('is asked for by a person, and then takes the place of the second factor, which its session has not proven', async () => {
    const user = await enroll(service, `device${count++}`)
    expect((await verified(user)).body.trusted_device_token).toBeUndefined()
    const { body } = await verified(user, { remember_device: true })
    expect(body.trusted_device_token).toMatch(/^hp_td_[\w-]{43}$/)
    const again = await login(user.username, String(body.trusted_device_token))
    expect(again.status).toBe(200)
    const claims = service.auth.jwt.decodeToken(String(again.body.access_token))
    expect([claims.acr, claims.amr]).toEqual(['aal1', ['pwd']])
    const stepUp = { token: String(again.body.access_token), body: {} }
    expect(refusal(await service.call('POST', '/auth/mfa/totp', stepUp))).toBe('401 insufficient_user_authentication')
    const { sessions } = (await service.call('GET', '/auth/sessions', { token: stepUp.token })).body as {
      sessions: { amr: string[]; current: boolean }[]
    }
    expect(sessions.find(({ current }) => current)?.amr).toEqual(['pwd'])
    expect(await outcome(login(user.username, String(body.trusted_device_token), service, 'wrong password'))).toBe(
      '401 invalid_credentials',
    )
  })

  it('is known by a hash, and its token is another user’s nothing', async () => {
    const [one, other] = [await trusting(), await trusting()]
    const database = await openDatabase(test.url)
    const rows = await database.sql.selectFrom('hallpass_devices').selectAll().execute()
    await database.close()
    expect(JSON.stringify(rows)).not.toContain(one.device.slice(6))
    const forged = one.device.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const wrong = [other.device, forged, 'hp_td_', '', one.device.toUpperCase(), `${one.device}x`, rows[0]?.secret_hash]
    for (const device of wrong) expect(await outcome(login(one.username, device))).toBe(asked)
    expect(await outcome(login(one.username, one.device))).toBe('in')
    expect(await outcome(login(one.username, one.device, brief))).toBe('in')
  })

  it('is mailed and noted, with what it took the place of', async () => {
    const user = await enroll(service, `device${count++}`)
    await setAddress(userIdOf(user), `${user.username}@example.com`)
    const { body } = await verified(user, { remember_device: true })
    await login(user.username, String(body.trusted_device_token))
    const notices = () => mails.filter((mail) => mail.startsWith(`${user.username}@`) && mail.includes('now trusted'))
    await expect.poll(() => notices().length, { timeout: 600_000 }).toBe(1)
    expect(mails.join()).not.toContain(String(body.trusted_device_token))
    const [device] = await devicesOf(String(body.access_token))
    const database = await openDatabase(test.url)
    const rows = await database.sql.selectFrom('hallpass_audit').selectAll().execute()
    await database.close()
    const events = rows.filter(({ user_id }) => user_id === userIdOf(user))
    const of = (name: string) => events.filter(({ event }) => event === name).map(({ details }) => JSON.parse(details))
    expect(of('device_trusted')).toEqual([{ device: device?.id }])
    expect(of('login_succeeded')).toContainEqual({ amr: ['pwd'], trusted_device: device?.id })
  })

  async function setAddress(id: string, email: string): Promise<void> {
    const database = await openDatabase(test.url)
    const set = { email, email_normal: email, email_verified_at: 1 }
    await database.sql.updateTable('hallpass_users').set(set).where('id', '=', id).execute()
    await database.close()
  }

  it.each([
    ['is asked for', false, asked],
    ['is not asked for', true, 'in'],
  ])('counts for a mailed link as for a password: the factor %s', async (_what, sends, expected) => {
    const user = await trusting()
    const email = `${user.username}@example.com`
    await setAddress(user.userId, email)
    await service.call('POST', '/auth/login/email', { body: { email }, address: `198.51.100.${links.size}` })
    await expect.poll(() => links.get(email), { timeout: 600_000 }).toBeDefined()
    const body = { token: links.get(email), trusted_device_token: sends ? user.device : undefined }
    expect(await outcome(service.call('POST', '/auth/login/email/verify', { body }))).toBe(expected)
  })

  it('ends after 30 days, however much it is used', async () => {
    const user = await trusting()
    service.elapsed += 29 * day
    expect(await outcome(login(user.username, user.device))).toBe('in')
    service.elapsed += day
    expect(await outcome(login(user.username, user.device))).toBe(asked)
    service.elapsed -= 30 * day
  })

  it('is trusted for as long as this node says, and never where a role demands a factor', async () => {
    const user = await trusting()
    brief.elapsed = service.elapsed + 3600
    expect(await outcome(login(user.username, user.device, off))).toBe(asked)
    expect(await outcome(login(user.username, user.device, brief))).toBe(asked)
    await service.auth.users.setRoles(user.userId, ['admin'])
    demanding.elapsed = service.elapsed
    expect(await outcome(login(user.username, user.device, demanding))).toBe(asked)
    expect((await verified(user, { remember_device: true }, demanding)).body.trusted_device_token).toBeUndefined()
    off.elapsed = demanding.elapsed
    expect((await verified(user, { remember_device: true }, off)).body.trusted_device_token).toBeUndefined()
    service.elapsed = off.elapsed
    expect(await outcome(login(user.username, user.device))).toBe('in')
  })

  const post = (user: Trusting, path: string, body: object) =>
    service.call('POST', `/auth${path}`, { token: user.access_token, body })
  const another = 'quite another password'
  const changes: Readonly<Record<string, (user: Trusting) => Promise<unknown>>> = {
    'its removal': async (user) => {
      const [device] = await devicesOf(user.access_token)
      return service.call('DELETE', `/auth/devices/${device?.id}`, { token: user.access_token })
    },
    'the removal of all': ({ access_token: token }) => service.call('DELETE', '/auth/devices', { token }),
    'a change of password': (user) => post(user, '/password', { current_password: password, new_password: another }),
    'a password that an operator set': ({ userId: id }) => service.auth.users.setPassword(id, another),
    'a password of a one-time link': async ({ userId: id }) => {
      const link = await service.auth.users.oneTimeLink(id)
      const body = { token: link?.token, new_password: another }
      return service.call('POST', '/auth/one-time-link', { body })
    },
    'a password that was reset by mail': async (user) => {
      const email = `${user.username}@example.com`
      await setAddress(user.userId, email)
      await service.call('POST', '/auth/password/forgot', { body: { email }, address: `203.0.113.${links.size}` })
      await expect.poll(() => links.get(email), { timeout: 600_000 }).toBeDefined()
      const body = { token: links.get(email), new_password: another }
      expect((await service.call('POST', '/auth/password/reset', { body })).status).toBe(204)
    },
    'another factor': ({ access_token }) => addApp(service, access_token),
    'a factor less': async (user) => {
      const { confirmed } = await addApp(service, user.access_token)
      const token = String(confirmed.body.access_token)
      const { body } = await service.call('GET', '/auth/mfa', { token })
      const [, second] = body.totp as { id: string }[]
      return service.call('DELETE', `/auth/mfa/totp/${second?.id}`, { token })
    },
    'new recovery codes': (user) => post(user, '/mfa/recovery_codes', {}),
    'the end of all sessions by an operator': ({ userId: id }) => service.auth.sessions.endAll(id),
    'the end of the other sessions': ({ access_token: token }) => service.call('DELETE', '/auth/sessions', { token }),
    'a time of being disabled': async ({ userId: id }) => {
      await service.auth.users.disable(id)
      await service.auth.users.enable(id)
    },
    'a reset of the factors': async ({ userId: id, username }) => {
      await service.auth.users.resetFactors(id)
      const { body } = await login(username)
      await addApp(service, String(body.access_token))
    },
    'a change of username': async (user) => {
      const { username } = user
      expect((await post(user, '/username', { username: `${username}-new` })).status).toBe(204)
      // Back again: the login that follows is with the former name.
      return post(user, '/username', { username })
    },
    'the end of a linked account': async (user) => {
      const database = await openDatabase(test.url)
      const { userId } = user
      const identity = { id: uuidv7(), userId, provider: 'plain', issuer: 'https://plain.example', subject: userId }
      const facts = { email: null, emailVerified: false, kept: null, now: new Date(), isUsed: true }
      await insertIdentity(database.sql, { ...identity, ...facts })
      await database.close()
      const token = user.access_token
      expect((await service.call('DELETE', `/auth/identities/${identity.id}`, { token })).status).toBe(204)
    },
    'a change of address': async (user) => {
      const email = `${user.username}@new.example`
      await post(user, '/email/change', { new_email: email })
      await expect.poll(() => links.get(email), { timeout: 600_000 }).toBeDefined()
      return post(user, '/email/change/confirm', { token: links.get(email) })
    },
  }
  it.each(Object.entries(changes))('is no longer trusted after %s, on any node', async (_what, change) => {
    const user = await trusting()
    expect(await outcome(login(user.username, user.device))).toBe('in')
    await change(user)
    const outcomes = [
      await outcome(login(user.username, user.device, demanding)),
      await outcome(login(user.username, user.device, demanding, another)),
    ]
    expect(outcomes).toContain(asked)
    expect(outcomes).not.toContain('in')
  })

  it('is no longer trusted if it was since an address was changed, and the previous one undoes that', async () => {
    const user = await trusting()
    const [email, other] = [`${user.username}@example.com`, `${user.username}@thief.example`]
    await setAddress(user.userId, email)
    const mailed = async (address: string, ...known: unknown[]) => {
      await expect.poll(() => known.includes(links.get(address)), { timeout: 600_000 }).toBe(false)
      return links.get(address)
    }
    await post(user, '/email/change', { new_email: other })
    const cancel = await mailed(email, undefined)
    await post(user, '/email/change/confirm', { token: await mailed(other, undefined) })
    const undo = await mailed(email, cancel)
    const { trusted_device_token: device } = (await verified(user, { remember_device: true })).body
    expect(await outcome(login(user.username, String(device)))).toBe('in')
    await service.call('POST', '/auth/email/change/undo', { body: { token: undo } })
    const reset = await mailed(email, undo)
    await service.call('POST', '/auth/login/email', { body: { email }, address: `198.51.100.${links.size}` })
    const body = { token: await mailed(email, reset), trusted_device_token: device }
    expect(await outcome(service.call('POST', '/auth/login/email/verify', { body }))).toBe(asked)
  })

  it('is not left by a login that ends with all other sessions, however close they are', async () => {
    const database = await openDatabase(test.url)
    const user = await trusting()
    service.elapsed += 30
    const { body: known } = await verified(user)
    async function leftByLogin() {
      const { body: begun } = await login(user.username)
      service.elapsed += 30
      // A device that has proven a factor: its attempt is not counted, so nothing but the login itself waits.
      const device_token = known.device_token
      const code = codeNow(service, user.secret)
      const body = { mfa_token: begun.mfa_token, method: 'totp', code, device_token, remember_device: true }
      const end = () => service.call('DELETE', '/auth/sessions', { token: user.access_token })
      const enter = () => service.call('POST', '/auth/mfa/verify', { body })
      const replies = await database.transaction(async (trx) => {
        await trx.updateTable('hallpass_users').set({ updated_at: 0 }).where('id', '=', user.userId).execute()
        // SQLite has one writer, in this process: there, the login comes first.
        if (database.kind === 'sqlite') return undefined
        const ended = end()
        await expect.poll(() => countWaiting(database), { timeout: 600_000 }).toBe(1)
        const entered = enter()
        await expect.poll(() => countWaiting(database), { timeout: 600_000 }).toBe(2)
        return [entered, ended] as const
      })
      expect((await (replies?.[0] ?? enter())).status).toBe(200)
      expect((await (replies?.[1] ?? end())).status).toBe(204)
      return devicesOf(user.access_token)
    }
    // A request that has the lock may get it again before the one that waits. The login is then the later of the two,
    // and its device stays.
    const left = []
    do left.push(await leftByLogin())
    while (left.length < 20 && left.at(-1)?.length !== 0)
    await database.close()
    expect(left.at(-1)).toEqual([])
  })

  it('is one of twenty, also where many are trusted at once on two nodes: the one used longest ago goes', async () => {
    const user = await trusting()
    const given = [user.device]
    for (let index = 0; index < 14; index++) {
      given.push(String((await verified(user, { remember_device: true })).body.trusted_device_token))
    }
    demanding.elapsed = service.elapsed
    const nodes = [service, demanding]
    const challenges: string[] = []
    for (const _ of user.recoveryCodes) challenges.push(String((await login(user.username)).body.mfa_token))
    const replies = await Promise.all(
      user.recoveryCodes.map((code, index) => {
        const body = { mfa_token: challenges[index], method: 'recovery_code', code, remember_device: true }
        return nodes[index % 2]?.call('POST', '/auth/mfa/verify', { body })
      }),
    )
    const tokens = replies.map((reply) => String(reply?.body.trusted_device_token))
    expect(await devicesOf(user.access_token)).toHaveLength(20)
    for (const device of tokens) expect(await outcome(login(user.username, device))).toBe('in')
    const outcomes: string[] = []
    for (const device of given) outcomes.push(await outcome(login(user.username, device)))
    expect(outcomes).toEqual([...Array(5).fill(asked), ...Array(10).fill('in')])
  })

  it('is listed for its own user, and removed by no other', async () => {
    const [user, other] = [await trusting(), await trusting()]
    const [device, ...rest] = await devicesOf(user.access_token)
    expect(rest).toEqual([])
    expect(Object.keys(device ?? {})).toEqual(
      'id name device user_agent address created_at last_used_at expires_at current'.split(' '),
    )
    for (const id of [device?.id, 'x', '01a2097a-4775-7927-b3ee-e7e2b8ae2143']) {
      const reply = await service.call('DELETE', `/auth/devices/${id}`, { token: other.access_token })
      expect(refusal(reply)).toBe('404 device_not_found')
    }
    expect(await outcome(login(user.username, user.device))).toBe('in')
  })
})
