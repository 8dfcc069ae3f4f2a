import type { Client, ClientOptions } from 'hallpass/client'
import type { TestAuth } from 'hallpass/testing'
import { createClientIn } from '../../src/client/create-client.ts'
import type { Surroundings, WebStorage } from '../../src/client/surroundings.ts'

/** A browser in this process: its cookies and its storage, and what its pages have sent. */
export interface TestBrowser {
  readonly cookies: Map<string, { readonly value: string; readonly isReadable: boolean }>
  readonly storage: Map<string, string>
  /** `POST /auth/refresh 200`, in the order of the answers. */
  readonly sent: string[]
  /** What the network does with a request before it reaches the server: a failing network throws. */
  intercept: (request: Request) => Promise<Response | undefined> | Response | undefined
  /** What it does with an answer. */
  deliver: (request: Request, response: Response) => Promise<Response> | Response
  /** How often the routes answered a path. */
  count(path: string): number
}

export const pageOrigin = 'https://app.example'

/** Where the server is, if it is not where the page is: its cookies cannot be read from there. */
export const otherOrigin = 'https://id.example'

export function openBrowser(): TestBrowser {
  const sent: string[] = []
  return {
    cookies: new Map(),
    storage: new Map(),
    sent,
    intercept: () => undefined,
    deliver: (_request, response) => response,
    count: (path) => sent.filter((line) => line.split(' ')[1] === path).length,
  }
}

/** A page of that browser, with a client. The tabs of one browser hear each other by the channel and the locks of Node. */
export function openPage(
  auth: Pick<TestAuth, 'handler'>,
  browser: TestBrowser,
  options: Partial<ClientOptions> & Pick<ClientOptions, 'mode'>,
  more: Partial<Surroundings> = {},
): Client {
  const here = { ...surroundingsOf(browser), ...more }
  return createClientIn(here, {
    baseUrl: '/auth',
    fetch: (input, init) => send(auth, browser, input, init),
    ...options,
  })
}

function surroundingsOf({ cookies, storage }: TestBrowser): Surroundings {
  const localStorage: WebStorage = {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => void storage.set(key, value),
    removeItem: (key) => void storage.delete(key),
  }
  return {
    document: {
      baseURI: `${pageOrigin}/`,
      get cookie() {
        const readable = [...cookies].filter(([, { isReadable }]) => isReadable)
        return readable.map(([name, { value }]) => `${name}=${value}`).join('; ')
      },
    },
    origin: pageOrigin,
    localStorage,
    BroadcastChannel: BroadcastChannel as unknown as NonNullable<Surroundings['BroadcastChannel']>,
    navigator: navigator as unknown as NonNullable<Surroundings['navigator']>,
  }
}

async function send(
  auth: Pick<TestAuth, 'handler'>,
  browser: TestBrowser,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(typeof input === 'string' ? new URL(input, pageOrigin) : input, init)
  const { origin } = new URL(request.url)
  const isWithCookies = request.credentials === 'include' && [pageOrigin, otherOrigin].includes(origin)
  if (origin !== pageOrigin) {
    request.headers.set('origin', pageOrigin)
    request.headers.set('sec-fetch-site', 'same-site')
  }
  if (isWithCookies) {
    const pairs = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`)
    if (pairs.length > 0) request.headers.set('cookie', pairs.join('; '))
  }
  const answer = (await browser.intercept(request)) ?? (await auth.handler(request, { address: '127.0.0.1' }))
  const response = await unlessAborted(request.signal, browser.deliver(request, answer))
  browser.sent.push(`${request.method} ${new URL(request.url).pathname} ${response.status}`)
  if (isWithCookies) for (const line of response.headers.getSetCookie()) setCookie(browser, line)
  return response
}

/** A browser drops the answer to a request that was aborted, and with it its cookies. */
function unlessAborted<Value>(signal: AbortSignal, arriving: Promise<Value> | Value): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    Promise.resolve(arriving).then(resolve, reject)
  })
}

function setCookie({ cookies }: TestBrowser, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (value === '') cookies.delete(name)
  else cookies.set(name, { value, isReadable: !/; httponly/i.test(line) })
}

/** Something that a test lets happen when it wants. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Waits until a condition is met. */
export async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isMet())) await new Promise((resolve) => setTimeout(resolve, 5))
}
