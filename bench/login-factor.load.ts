// Logs in user1, user2 and so on, each with a password and then a code of an authenticator app. Runs in its own
// process. It first sets up an app for each user, and then prints the logins per second of each round that is
// requested.

import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { Secret, TOTP } from 'otpauth'

const [url, users, password] = process.argv.slice(2) as [string, string, string]
const underWay = 16
const seconds = 2
const agent = new Agent({ keepAlive: true, maxSockets: underWay })
let next = 0
const apps = new Map<number, { readonly totp: TOTP; step: number }>()

type Body = Readonly<Record<string, unknown>>

await inTurns(Number(users), setUp)
console.log('ready')
for await (const line of createInterface(process.stdin)) {
  if (line === 'end') break
  console.log(await round())
}
agent.destroy()

async function setUp(user: number): Promise<void> {
  const { access_token } = await post('/auth/login', { username: `user${user}`, password })
  const authorization = `Bearer ${access_token}`
  const { id, secret } = await post('/auth/mfa/totp', {}, { authorization })
  const totp = new TOTP({ secret: Secret.fromBase32(secret as string) })
  await post(`/auth/mfa/totp/${id}/confirm`, { code: totp.generate() }, { authorization })
  apps.set(user, { totp, step: stepNow() })
}

async function round(): Promise<number> {
  const start = performance.now()
  let done = 0
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      while (performance.now() < end) {
        await logIn((next++ % Number(users)) + 1)
        done++
      }
    }),
  )
  return (done * 1000) / (performance.now() - start)
}

/**
 * Each code is valid once. If the current one has been used, the code of the next step is, which is already accepted.
 */
async function logIn(user: number): Promise<void> {
  const app = apps.get(user)
  if (app === undefined) throw new Error(`user${user} has no app`)
  app.step = Math.max(app.step + 1, stepNow() - 1)
  if (app.step > stepNow() + 1) throw new Error('There are too few users for this many logins')
  const code = app.totp.generate({ timestamp: app.step * 30_000 })
  const { mfa_token } = await post('/auth/login', { username: `user${user}`, password })
  await post('/auth/mfa/verify', { mfa_token, method: 'totp', code })
}

function stepNow(): number {
  return Math.floor(Date.now() / 30_000)
}

async function inTurns(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let n = 0
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      while (n < count) await work(++n)
    }),
  )
}

/** Sends a request. @returns The body of the answer: tokens, or the challenge of a second factor. */
function post(path: string, body: Body, headers: Readonly<Record<string, string>> = {}): Promise<Body> {
  return new Promise((resolve, reject) => {
    const call = request(
      url + path,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString()) as Body
          const isGood = response.statusCode === 200 || answer.code === 'mfa_required'
          if (isGood) resolve(answer)
          else reject(new Error(`${path}: ${response.statusCode} ${answer.code}`))
        })
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify(body))
  })
}
