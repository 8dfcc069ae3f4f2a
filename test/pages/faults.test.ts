import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeNow } from '../auth/mfa/authenticator.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember } from './member.ts'
import { site, Visitor } from './visitor.ts'

const folder = mkdtempSync(join(tmpdir(), 'hallpass-pages-'))
const file = join(folder, 'pages.db')
const failures: unknown[] = []

let service: Service
let required: Service
let below: Service
beforeAll(async () => {
  const onError = (error: unknown) => failures.push(error)
  service = await startService(`sqlite:${file}`, { url: site, pages: '/', onError })
  required = await startService('sqlite::memory:', { url: site, pages: '/', mfaRoles: ['admin'] })
  below = await startService('sqlite::memory:', { url: site, pages: '/id/' })
})
afterAll(async () => {
  for (const one of [service, required, below]) await one.auth.close()
  rmSync(folder, { recursive: true })
})

/** While the sessions cannot be read. */
async function withoutSessions<Result>(work: () => Promise<Result>): Promise<Result> {
  const database = new DatabaseSync(file)
  database.exec('ALTER TABLE hallpass_sessions RENAME TO out_of_reach')
  try {
    return await work()
  } finally {
    database.exec('ALTER TABLE out_of_reach RENAME TO hallpass_sessions')
    database.close()
  }
}

describe('while the database fails', () => {
  it('no page says that someone is signed out who is not', async () => {
    const { visitor } = await newMember(service)
    const shown = await withoutSessions(() => visitor.send('/sign-out', {}))
    expect(shown).toMatchObject({ status: 500, location: undefined })
    expect(await visitor.open('/account')).toMatchObject({ status: 200 })
  })

  it('a session that cannot be refreshed goes on afterwards', async () => {
    const { visitor } = await newMember(service)
    service.elapsed += 3600
    expect(await withoutSessions(() => visitor.open('/account'))).toMatchObject({ status: 500, location: undefined })
    expect(await visitor.open('/account')).toMatchObject({ status: 200 })
    expect(failures.length).toBeGreaterThan(0)
  })
})

describe('a form', () => {
  it('is about the user who opened it, and no one who has signed in since', async () => {
    const alice = await newMember(service)
    const { text } = await alice.visitor.open('/account/username')
    const [, user = ''] = /name="user" value="([^"]*)"/.exec(text) ?? []
    const bob = await newMember(service)
    const shown = await bob.visitor.send('/account/username', { user, username: 'renamed' })
    expect(shown.status).toBe(403)
    expect(shown.text).toContain('Someone else has signed in')
    expect(await service.auth.users.findByUsername(bob.username)).toBeDefined()
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('says nothing for done=%s', async (done) => {
    const { visitor } = await newMember(service)
    for (const path of ['/account', '/account/sessions', '/account/authenticator']) {
      expect((await visitor.open(`${path}?done=${done}`)).text).not.toContain('role="status"')
    }
    expect((await new Visitor(service.auth).open(`/sign-in?done=${done}`)).text).not.toContain('role="status"')
  })
})

describe('a name of 64 characters', () => {
  it.each(['漢', '😀'])('of %s fits into the QR code', async (character) => {
    const username = character.repeat(63) + (character === '漢' ? '字' : '😁')
    await required.call('POST', '/auth/register', { body: { username, password } })
    const user = await required.auth.users.findByUsername(username)
    await required.auth.users.setRoles(user?.id ?? '', ['admin'])
    const visitor = new Visitor(required.auth)
    expect(await visitor.send('/sign-in', { username, password })).toMatchObject({ location: '/sign-in/set-up' })
    const { text } = await visitor.send('/sign-in/set-up', {})
    const fields = fieldsOf(text.replace('<form method="post">', '<form method="post" action="here">'), 'here')
    const shown = await visitor.send('/sign-in/set-up', { ...fields, code: codeNow(required, fields.secret ?? '') })
    expect(shown.title).toBe('Save your recovery codes')
  })
})

describe('pages at /id/', () => {
  it.each(['/id', '/id/sign-in'])('answer %s', async (path) => {
    expect([200, 303]).toContain((await new Visitor(below.auth).open(path)).status)
  })

  it('link to themselves', async () => {
    const { text } = await new Visitor(below.auth).open('/id/sign-in')
    expect(text).toContain('href="/id"')
    expect(text).not.toContain('href="/id/"')
  })

  it.each(['/auth', '/auth/pages', '/docs', '/openapi.json', '/.well-known', '/healthz', '/a/../b', '/a?b'])(
    'cannot be at %s',
    async (pages) => {
      await expect(startService('sqlite::memory:', { pages })).rejects.toMatchObject({ code: 'option_invalid' })
    },
  )

  it('cannot be where their cookies are not sent', async () => {
    const options = { pages: '/', refreshCookiePath: '/auth' }
    await expect(startService('sqlite::memory:', options)).rejects.toMatchObject({ code: 'option_invalid' })
  })
})

describe('a browser that keeps no cookies', () => {
  it('is told so', async () => {
    const { location } = await new Visitor(service.auth).open('/account', { referer: `${site}/sign-in` })
    expect(location).toBe('/sign-in?next=%2Faccount&done=no-cookies')
    expect((await new Visitor(service.auth).open(location ?? '')).text).toContain('has not kept the cookies')
  })
})

describe('a page', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s, and says what it supports', async (method) => {
    const request = new Request(`${site}/sign-in`, { method, headers: { 'sec-fetch-site': 'same-origin' } })
    const response = await service.auth.handler(request, { address: '127.0.0.1' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  it.each([
    ['cross-site', 'document', 'navigate', 303],
    ['cross-site', 'iframe', 'navigate', 403],
    ['cross-site', 'image', 'no-cors', 403],
    ['cross-site', 'empty', 'no-cors', 403],
    ['cross-site', 'empty', 'cors', 403],
    // By way of a service worker of the application.
    ['cross-site', 'empty', 'navigate', 303],
    ['another word', 'object', 'no-cors', 403],
    ['same-origin', 'empty', 'cors', 303],
    ['none', 'document', 'navigate', 303],
  ])('may be linked to by another site, and not loaded: %s, %s, %s', async (from, to, mode, status) => {
    for (const path of ['/sign-in/provider', '/account', '/account/passkeys/add.js']) {
      const headers = { 'sec-fetch-site': from, 'sec-fetch-dest': to, 'sec-fetch-mode': mode }
      const shown = await new Visitor(service.auth).open(path, headers)
      expect([path, shown.status]).toEqual([path, status === 303 && path.endsWith('.js') ? 200 : status])
      if (status === 403) expect(shown.headers.getSetCookie()).toEqual([])
    }
  })
})
