import type { Server } from 'node:http'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import type { Browser } from 'playwright-core'
import { type Rolldown, build as viteBuild } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { closeServer, listen, portOf } from './server.ts'

const root = new URL('../../', import.meta.url).pathname
const password = 'wonderland at tea time'

/** The built page, by path. */
async function buildExample(topology: string, url: string): Promise<ReadonlyMap<string, string>> {
  const result = await viteBuild({
    root: `${root}examples/react`,
    configFile: false,
    logLevel: 'error',
    define: {
      'import.meta.env': JSON.stringify({ VITE_TOPOLOGY: topology, VITE_AUTH_URL: url, PROD: true }),
    },
    resolve: {
      alias: {
        'hallpass/client': `${root}src/client/index.ts`,
        'hallpass/react': `${root}src/client/react.ts`,
      },
    },
    build: { write: false },
  })
  const { output } = result as Rolldown.RolldownOutput
  return new Map(output.map((file) => [`/${file.fileName}`, String(file.type === 'chunk' ? file.code : file.source)]))
}

describe('examples/react', () => {
  let browser: Browser
  let page: Server
  let server: Server
  let auth: TestAuth
  let files: ReadonlyMap<string, string>

  beforeAll(async () => {
    browser = await openBrowser()
    page = await listen((request, env) => {
      const { pathname } = new URL(request.url)
      if (pathname.startsWith('/auth/')) return auth.handler(request, env)
      const isPage = pathname === '/'
      const type = isPage ? 'text/html' : 'text/javascript'
      return new Response(files.get(isPage ? '/index.html' : pathname), { headers: { 'content-type': type } })
    })
    server = await listen((request, env) => auth.handler(request, env))
    const corsOrigins = ['localhost', '127.0.0.1'].map((host) => `http://${host}:${portOf(page)}`)
    auth = await createTestAuth({ corsOrigins })
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([page, server].map(closeServer))
    await auth.close()
  })

  const topologies: [topology: string, what: string, host: string][] = [
    ['1', 'on one origin', 'localhost'],
    ['2', 'on two origins of one site', 'localhost'],
    ['3', 'on two sites', '127.0.0.1'],
  ]
  it.each(topologies)('signs in and out in topology %s: %s', async (topology, _what, host) => {
    files = await buildExample(topology, `http://localhost:${portOf(server)}/auth`)
    const context = await browser.newContext()
    const tab = await context.newPage()
    await tab.goto(`http://${host}:${portOf(page)}/`)
    const username = `alice-${topology}`
    await tab.fill('[name=username]', username)
    await tab.fill('[name=password]', password)
    await tab.click('text=Create an account')
    await tab.waitForSelector(`text=Hello, ${username}!`)
    await tab.waitForSelector('text=(this one)')
    auth.clock.advance(901)
    await tab.reload()
    await tab.waitForSelector(`text=Hello, ${username}!`)
    await auth.login(username)
    await tab.reload()
    await tab.click('text=End')
    await tab.waitForFunction("document.querySelectorAll('li').length === 1")
    await tab.click('text=Sign out')
    await tab.waitForSelector('[name=password]')
    await tab.reload()
    await tab.fill('[name=username]', username)
    await tab.fill('[name=password]', 'a wrong password')
    await tab.click('button >> text=Sign in')
    await tab.waitForFunction("document.querySelector('[role=alert]')?.textContent !== ''")
    const { cookies } = await context.storageState()
    expect(cookies.some(({ name }) => name.includes('refresh_token'))).toBe(false)
    await context.close()
  })
})
