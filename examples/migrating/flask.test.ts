import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Auth } from 'hallpass/auth'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../../test/browser.ts'
import { ensureDebianPackages } from '../../test/debian.ts'
import { makeFolder } from '../../test/server/process.ts'
import * as newFlask from './flask-after.ts'
import { bearer, cookieHeader, listen, password, postJson, secret } from './servers.ts'

describe('from Flask-JWT-Extended', () => {
  const folder = makeFolder()
  const oldPath = join(folder.path, 'flask.db')
  let flask: ChildProcess
  let before: string
  let after: string
  let auth: Auth
  afterAll(async () => {
    flask?.kill('SIGKILL')
    await auth?.close()
    folder.remove()
  })

  beforeAll(async () => {
    await ensureDebianPackages(
      ['python3-python-flask-jwt-extended', 'python3-jwt', 'python3-cryptography'],
      ['/usr/bin/python3', '-c', 'import flask_jwt_extended, jwt, cryptography'],
    )
    const program = new URL('flask-before.py', import.meta.url).pathname
    flask = spawn('/usr/bin/python3', [program, oldPath], {
      env: { JWT_SECRET_KEY: secret },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = await once(flask.stdout as NonNullable<typeof flask.stdout>, 'data')
    before = `http://127.0.0.1:${String(line).trim()}`
    const made = await newFlask.makeApp(secret, `sqlite:${join(folder.path, 'new.db')}`)
    auth = made.auth
    expect(await newFlask.importUsers(auth, new DatabaseSync(oldPath, { readOnly: true }))).toEqual([])
    after = await listen(made.app)
  })

  const alice = { username: 'alice', password }
  const csrfOf = (cookies: string) => ({ 'x-csrf-token': /csrf_access_token=([^;]+)/.exec(cookies)?.[1] ?? '' })

  it('accepts the tokens of either side on both, under the same id', async () => {
    const old = (await (await postJson(`${before}/login`, alice)).json()) as { access_token: string }
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    for (const { access_token } of [old, login]) {
      for (const url of [before, after]) {
        const response = await fetch(`${url}/protected`, { headers: bearer(access_token) })
        expect([response.status, await response.json()]).toEqual([200, { user: '1' }])
      }
    }
  })

  it('lets a browser move between them in both directions, with the double submit on both', async () => {
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    const made = await postJson(`${after}/session`, {}, bearer(login.access_token))
    for (const cookie of [cookieHeader(await postJson(`${before}/login`, alice)), cookieHeader(made)]) {
      for (const url of [before, after]) {
        expect((await fetch(`${url}/protected`, { headers: { cookie } })).status).toBe(200)
        const send = (headers: Record<string, string>) =>
          fetch(`${url}/protected`, { method: 'POST', headers: { cookie, ...headers } })
        expect((await send(csrfOf(cookie))).status).toBe(200)
        expect([(await send({})).status, (await send({ 'x-csrf-token': 'x' })).status]).toEqual([401, 401])
      }
    }
  })

  describe('in Chromium', () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await openBrowser()
    })
    afterAll(() => browser?.close())

    /** The status that a page gets, with the cookies of its browser. */
    const send = (page: Page, path: string, headers: Record<string, string> = {}, body?: string) =>
      page.evaluate(async ([path, init]) => (await fetch(path, init)).status, [
        path,
        { method: 'POST', headers, ...(body !== undefined && { body }) },
      ] as const)

    const logins: [side: string, login: (page: Page) => Promise<number>][] = [
      [
        'Flask',
        async (page) => {
          await page.goto(`${before}/protected`)
          return send(page, '/login', { 'content-type': 'application/json' }, JSON.stringify(alice))
        },
      ],
      [
        'Express',
        async (page) => {
          const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
          await page.goto(`${after}/protected`)
          return send(page, '/session', bearer(login.access_token))
        },
      ],
    ]
    it.each(logins)(
      'a session that began on %s continues on both, and no other site can use it',
      async (_side, login) => {
        const context = await browser.newContext()
        const page = await context.newPage()
        expect(await login(page)).toBe(200)
        for (const url of [before, after, before]) {
          await page.goto(`${url}/protected`)
          expect(JSON.parse(await page.innerText('body'))).toEqual({ user: '1' })
          const csrf = csrfOf(String(await page.evaluate('document.cookie')))
          expect(await send(page, '/protected', csrf)).toBe(200)
          expect([await send(page, '/protected'), await send(page, '/protected', { 'x-csrf-token': 'x' })]).toEqual([
            401, 401,
          ])
        }
        // To a browser, localhost and 127.0.0.1 are different sites; it still sends cookies as new as these with a
        // form.
        for (const url of [before, after]) {
          const evil = await context.newPage()
          await evil.goto(`${before.replace('127.0.0.1', 'localhost')}/protected`)
          await evil.setContent(`<form method="post" action="${url}/protected"></form>`)
          const answering = evil.waitForResponse(`${url}/protected`)
          await evil.evaluate('document.forms[0].submit()')
          const answer = await answering
          expect((await answer.request().allHeaders()).cookie).toContain('access_token_cookie=')
          expect([answer.request().method(), answer.status()]).toEqual(['POST', 401])
        }
        await context.close()
      },
    )
  })

  it('accepts refresh tokens of the old side', async () => {
    const { refresh_token } = (await (await postJson(`${before}/login`, alice)).json()) as { refresh_token: string }
    for (const url of [before, after]) {
      const refreshed = await postJson(`${url}/refresh`, {}, bearer(refresh_token))
      const { access_token } = (await refreshed.json()) as { access_token: string }
      for (const other of [before, after]) {
        expect((await fetch(`${other}/protected`, { headers: bearer(access_token) })).status).toBe(200)
      }
    }
  })

  it('ends the cookies of a browser together with their session', async () => {
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    const cookie = cookieHeader(await postJson(`${after}/session`, {}, bearer(login.access_token)))
    expect((await fetch(`${after}/protected`, { headers: { cookie } })).status).toBe(200)
    await postJson(`${after}/auth/logout`, {}, bearer(login.access_token))
    expect((await fetch(`${after}/protected`, { headers: { cookie } })).status).toBe(401)
  })

  it('refuses on its own side what was revoked there', async () => {
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    await postJson(`${after}/auth/logout`, {}, bearer(login.access_token))
    expect((await fetch(`${after}/protected`, { headers: bearer(login.access_token) })).status).toBe(401)
  })
})
