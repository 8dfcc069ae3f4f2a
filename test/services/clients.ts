import { execFile } from 'node:child_process'
import { createPublicKey, type JsonWebKeyInput } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createVerifier } from 'fast-jwt'
import { JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { type Env, Hono } from 'hono'
import { jwk } from 'hono/jwk'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { documented } from './documented.ts'

const run = promisify(execFile)

/** Debian's own interpreter, the only one that has its packages. */
const python = '/usr/bin/python3'
export const issuer = 'https://id.example'
const audience = 'hallpass'

/** A client's decision about a token: its `sub`, or why it was refused. */
export interface Judgement {
  readonly sub?: string
  readonly error?: string
}

interface Server {
  readonly jwksUrl: string
  readonly algorithm: string
}

/** The clients of docs/services.md, used as shown there. Each returns the `sub` of a token, or throws. */
const verifiers: Readonly<Record<string, (token: string, server: Server, folder: string) => Promise<string>>> = {
  async hallpass(token, { jwksUrl }) {
    const jwt = new JwtManager({ keys: KeySet.remote(jwksUrl), issuer, audience })
    const app = new Hono().get('/', jwtRequired(jwt), (c) => c.text(c.var.jwt.identity))
    const answer = await ask(app, token).finally(() => jwt.close())
    return answer
  },

  async jose(token, { jwksUrl }) {
    const keys = createRemoteJWKSet(new URL(jwksUrl))
    const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt', clockTolerance: 5 })
    return payload.sub as string
  },

  async 'hono/jwk'(token, { jwksUrl, algorithm }) {
    const options = { jwks_uri: jwksUrl, verification: { iss: issuer, aud: audience, typ: 'at+jwt' } }
    const alg = [algorithm] as Parameters<typeof jwk>[0]['alg']
    return ask(
      new Hono().get('/', jwk({ ...options, alg }), (c) => c.text((c.get('jwtPayload') as { sub: string }).sub)),
      token,
    )
  },

  async jsonwebtoken(token, { jwksUrl, algorithm }) {
    const key = createPublicKey({ key: await keyOf(token, jwksUrl), format: 'jwk' })
    const algorithms = [algorithm as jsonwebtoken.Algorithm]
    const { header, payload } = jsonwebtoken.verify(token, key, { algorithms, issuer, audience, complete: true })
    if (header.typ !== 'at+jwt') throw new Error('not an access token')
    return payload.sub as string
  },

  async 'fast-jwt'(token, { jwksUrl, algorithm }) {
    const pem = createPublicKey({ key: await keyOf(token, jwksUrl), format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    const algorithms = [algorithm as 'ES256']
    const rules = { allowedIss: issuer, allowedAud: audience, checkTyp: 'at+jwt' }
    return createVerifier({ key: async () => pem, algorithms, ...rules })(token).then(({ sub }) => sub)
  },

  /** The command `jose` of Debian's package, written in C. */
  async 'jose in C'(token, { jwksUrl }, folder) {
    const [tokenFile, jwksFile] = [join(folder, 'token'), join(folder, 'jwks.json')]
    writeFileSync(tokenFile, token)
    writeFileSync(jwksFile, await (await fetch(jwksUrl)).text())
    const { stdout } = await run('jose', ['jws', 'ver', '-i', tokenFile, '-k', jwksFile, '-O', '-'])
    return JSON.parse(stdout).sub
  },
}

/** The decision of every client about each of the tokens. */
export async function judge(
  tokens: readonly string[],
  server: Server,
  folder: string,
): Promise<Readonly<Record<string, readonly Judgement[]>>> {
  const found: Record<string, Judgement[]> = await judgeInPython(tokens, server, folder)
  for (const [name, verify] of Object.entries(verifiers)) {
    found[name] = []
    for (const token of tokens) {
      found[name].push(
        await verify(token, server, folder).then(
          (sub) => ({ sub }),
          (error) => ({ error: String(error) }),
        ),
      )
    }
  }
  return found
}

async function judgeInPython(
  tokens: readonly string[],
  { jwksUrl, algorithm }: Server,
  folder: string,
): Promise<Record<string, Judgement[]>> {
  const program = join(folder, 'pyjwt_client.py')
  const text = documented('python', '## Python, with PyJWT', {
    'https://id.example/.well-known/jwks.json': jwksUrl,
    '["ES256"]': JSON.stringify([algorithm]),
  })
  writeFileSync(program, text)
  const verify = new URL('verify.py', import.meta.url).pathname
  return JSON.parse((await run(python, [verify, program, jwksUrl, algorithm, ...tokens])).stdout)
}

async function keyOf(token: string, jwksUrl: string): Promise<JsonWebKeyInput['key']> {
  const { keys } = (await (await fetch(jwksUrl)).json()) as { keys: (JsonWebKeyInput['key'] & { kid?: string })[] }
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString())
  const found = keys.find((key) => key.kid === kid)
  if (found === undefined) throw new Error(`no key ${kid}`)
  return found
}

async function ask<E extends Env>(app: Hono<E>, token: string): Promise<string> {
  const answer = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`)
  return text
}
