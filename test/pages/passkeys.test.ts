import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember } from './member.ts'
import { addPasskey, challengeAt, usedFields } from './passkey.ts'
import { site, Visitor } from './visitor.ts'

const { secondFactor } = languages.en
let service: Service
beforeAll(async () => {
  service = await startService('sqlite::memory:', { url: site, pages: '/', limits: { attemptsPerAddress: 100_000 } })
})
afterAll(() => service.auth.close())

const later = 600
const confirmAt = (path: string) => `/account/confirm?next=${encodeURIComponent(path)}`

/** What a page asks for, in any of its forms. */
const asks = (text: string) => ({
  passkey: text.includes('data-passkey="get"'),
  password: text.includes('name="password"'),
  code: text.includes('name="proof"'),
})

/** A user with a password and a passkey, who has no recovery code left. */
async function withoutCodes(usual: Parameters<typeof addPasskey>[1] = {}) {
  const { visitor, username } = await newMember(service)
  const { authenticator, recoveryCodes } = await addPasskey(visitor, usual)
  expect(recoveryCodes).toHaveLength(10)
  for (const proof of recoveryCodes) {
    expect((await visitor.send('/account/confirm', { password, proof })).location).toBe('/account')
  }
  service.elapsed += later
  return { visitor, username, authenticator }
}

const prove = async (visitor: Visitor, path: string, authenticator: Parameters<typeof usedFields>[2], more = {}) =>
  visitor.send(confirmAt(path), { ...(await usedFields(visitor, '/account/confirm.js', authenticator)), ...more })

describe('a user whose only factor is a passkey', () => {
  it('confirms with it, or with the password and a recovery code', async () => {
    const { visitor } = await newMember(service)
    await addPasskey(visitor)
    service.elapsed += later
    const { text } = await visitor.open(confirmAt('/account/email'))
    expect(asks(text)).toEqual({ passkey: true, password: true, code: true })
    expect(text).toContain(secondFactor.labelRecovery)
  })

  it.each([
    ['that verifies the user', {}, false],
    ['that does not, with the password', { isUserVerified: false }, true],
  ])('confirms with one %s alone where no recovery code is left', async (_what, usual, asksPassword) => {
    const { visitor, authenticator } = await withoutCodes(usual)
    const { text } = await visitor.open(confirmAt('/account/username'))
    expect(asks(text)).toEqual({ passkey: true, password: asksPassword, code: false })
    // Without script there is no way on but back.
    expect(text).toContain(languages.en.passkey.unsupported)
    expect(text).toContain(languages.en.common.cancel)
    const proven = await prove(visitor, '/account/username', authenticator, asksPassword ? { password } : {})
    expect(proven.location).toBe('/account/username')
    expect(await visitor.open('/account/username')).toMatchObject({ status: 200 })
  })

  it('cannot confirm with the password alone', async () => {
    const { visitor } = await withoutCodes()
    await visitor.send(confirmAt('/account/username'), { password })
    expect((await visitor.open('/account/username')).location).toBe(confirmAt('/account/username'))
  })

  it('confirms with it before the code of an app that took too long', async () => {
    const { visitor, authenticator } = await withoutCodes()
    await prove(visitor, '/account/authenticator/add', authenticator)
    const begun = await visitor.send('/account/authenticator/add', {})
    const entry = fieldsOf(begun.text, '/account/authenticator/confirm')
    service.elapsed += later
    const shown = await visitor.send('/account/authenticator/confirm', { ...entry, code: '123456' })
    expect(shown.location).toBe(confirmAt('/account/authenticator/add'))
  })
})

describe('the page of passkeys', () => {
  it('says where the last factor goes, and the recovery codes with it', async () => {
    const { removeLast, removeText } = languages.en.account.passkeys
    const removalOf = async (visitor: Visitor) => {
      const { text } = await visitor.open('/account/passkeys')
      return [removeLast, removeText].map((words) => text.includes(words))
    }
    const alone = (await newMember(service)).visitor
    await addPasskey(alone)
    const besideAnApp = (await newMember(service, { factor: true })).visitor
    await addPasskey(besideAnApp)
    expect(await removalOf(alone)).toEqual([true, false])
    expect(await removalOf(besideAnApp)).toEqual([false, true])
    expect(await removalOf((await withoutCodes()).visitor)).toEqual([true, false])
  })
})

describe('a passkey at the second step of a sign-in', () => {
  async function secondStep({ username }: { readonly username: string }, query = '') {
    const visitor = new Visitor(service.auth)
    expect((await visitor.send('/sign-in', { username, password })).location).toBe('/sign-in/code')
    return (await visitor.open(`/sign-in/code${query}`)).text
  }

  it('stands beside recovery codes, while some are left', async () => {
    const member = await newMember(service)
    await addPasskey(member.visitor)
    expect(await secondStep(member)).toContain(secondFactor.useRecovery)
    expect(await secondStep(member, '?method=recovery')).toContain(secondFactor.labelRecovery)
  })

  it('is alone where none is left', async () => {
    const member = await withoutCodes()
    const shown = [await secondStep(member), await secondStep(member, '?method=recovery')]
    for (const text of shown) {
      expect(asks(text)).toMatchObject({ passkey: true })
      expect(text).not.toContain(secondFactor.useRecovery)
      expect(text).not.toContain(secondFactor.labelRecovery)
    }
  })
})

describe('a passkey at the sign-in page', () => {
  const signIn = async (visitor: Visitor, authenticator: Parameters<typeof usedFields>[2]) =>
    visitor.send('/sign-in/passkey', await usedFields(visitor, '/sign-in/passkey.js', authenticator))

  it('signs in where it verifies the user', async () => {
    const { authenticator } = await addPasskey((await newMember(service)).visitor)
    expect((await signIn(new Visitor(service.auth), authenticator)).location).toBe('/account')
  })

  it.each([
    ['was removed', {}, true],
    ['was made without verifying the user', { isUserVerified: false }, false],
  ])('that %s is refused with a sentence, and the other ways stay', async (_what, usual, isRemoved) => {
    const { visitor } = await newMember(service)
    const { authenticator } = await addPasskey(visitor, usual)
    if (isRemoved) {
      const { text } = await visitor.open('/account/passkeys')
      await visitor.send('/account/passkeys/remove', fieldsOf(text, '/account/passkeys/remove'))
    }
    for (const odd of [{}, { isUserVerified: true }]) {
      const other = new Visitor(service.auth)
      const { options, challenge_token } = await challengeAt(other, '/sign-in/passkey.js')
      const credential = JSON.stringify(authenticator.get(options, odd))
      const { status, text } = await other.send('/sign-in/passkey', { challenge_token, credential })
      expect(status).toBe(200)
      expect(text).toContain(languages.en.problems.passkey_refused)
      expect(text).toContain('name="password"')
    }
  })

  it('says that there are other ways, where the browser makes nothing of it', async () => {
    const { text } = await new Visitor(service.auth).open('/sign-in')
    expect(text).toContain(`data-failed="${languages.en.passkey.failedSignIn}"`)
  })
})
