import type { Page } from 'playwright-core'

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Sends a request to the routes from a page. */
export type Send = (method: string, path: string, body?: object) => Promise<Answer>

export function senderOn(page: Page, base: string, mode: string): Send {
  return (method, path, body) => page.evaluate(`send(${JSON.stringify({ base, mode, method, path, body })})`)
}

/**
 * The script of every page here. `send` is a page that calls the routes by hand: it adds what it can read and keeps what it
 * is given. `attack` is a page that has none of it, and sends whatever a browser lets it send.
 */
export const pageScript: string = `
const cookie = (name) => document.cookie.match('(?:^|; )' + name + '=([^;]*)')?.[1]
let tokens = {}

window.send = async ({ base, mode, method, path, body }) => {
  const headers = {}
  const kind = path === '/refresh' ? 'refresh' : 'access'
  const value = cookie('__Host-csrf_' + kind + '_token') ?? cookie('csrf_' + kind + '_token')
  if (mode === 'cookies' && method !== 'GET' && value !== undefined) headers['x-csrf-token'] = value
  if (mode === 'bearer' && tokens.access_token) headers.authorization = 'Bearer ' + tokens.access_token
  const own = mode === 'bearer' && ['/refresh', '/logout'].includes(path) ? { refresh_token: tokens.refresh_token } : {}
  const all = body === undefined && own.refresh_token === undefined ? undefined : JSON.stringify({ ...body, ...own })
  if (all !== undefined) headers['content-type'] = 'application/json'
  const answer = await fetch(base + path, { method, headers, credentials: 'include', body: all })
  const read = answer.status === 204 ? {} : await answer.json()
  if (read.access_token) tokens = { ...tokens, ...read }
  return { status: answer.status, body: read }
}

const paths = ['/login', '/login/email/verify', '/register', '/logout', '/refresh', '/reauthenticate', '/password',
  '/username', '/email/change', '/sessions', '/me', '/mfa/totp', '/mfa/recovery_codes', '/mfa/verify']

const settled = (element) => new Promise((resolve) => { element.onload = element.onerror = resolve })

function form(action, enctype, fields, target) {
  const made = Object.assign(document.createElement('form'), { method: 'POST', action, enctype, target })
  for (const [name, value] of Object.entries(fields))
    made.append(Object.assign(document.createElement('input'), { name, value }))
  document.body.append(made)
  made.submit()
}

async function formInFrame(action, enctype, fields) {
  const frame = Object.assign(document.createElement('iframe'), { name: 'f' + Math.random() })
  document.body.append(frame)
  const loaded = settled(frame)
  form(action, enctype, fields, frame.name)
  await loaded
}

const simple = ['text/plain', 'application/x-www-form-urlencoded']

window.attack = async (base, account) => {
  const body = JSON.stringify({ ...account, cookies: true })
  const post = { method: 'POST', credentials: 'include' }
  const sent = paths.map((path) => base + path).flatMap((url) => [
    fetch(url, { ...post, mode: 'no-cors' }),
    fetch(url, { ...post, mode: 'no-cors', referrerPolicy: 'no-referrer' }),
    ...simple.map((type) => fetch(url, { ...post, mode: 'no-cors', body, headers: { 'content-type': type } })),
    fetch(url, post),
    fetch(url, { ...post, body, headers: { 'content-type': 'application/json' } }),
    fetch(url, { ...post, headers: { 'x-csrf-token': 'x' } }),
    fetch(url, { ...post, method: 'DELETE' }),
  ])
  for (const path of paths) {
    navigator.sendBeacon(base + path, body)
    navigator.sendBeacon(base + path)
  }
  const frames = ['/login', '/logout', '/refresh'].map((path) => base + path).flatMap((url) => {
    const [image, frame] = ['img', 'iframe'].map((name) => document.createElement(name))
    const loaded = [settled(image), settled(frame)]
    image.src = frame.src = url
    document.body.append(image, frame)
    return [
      ...loaded,
      formInFrame(url, simple[1], {}),
      formInFrame(url, 'multipart/form-data', { ...account, cookies: 'true' }),
      formInFrame(url, simple[0], { [body.slice(0, -1) + ',"x":"']: '"}' }),
    ]
  })
  await Promise.allSettled([...sent, ...frames])
}

window.attackByNavigation = (url) => form(url, 'application/x-www-form-urlencoded', {}, '_top')
`
