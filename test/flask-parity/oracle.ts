import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { ensureDebianPackages } from '../debian.ts'
import type { Answer, AppConfig, PlainRequest } from './recipe.ts'
import { secret } from './tokens.ts'
import { vocabulary } from './vocabulary.ts'

/** Debian's own interpreter: its packages are not there for any other. */
const python = '/usr/bin/python3'

/** Flask-JWT-Extended in a process of its own. */
export interface Oracle {
  send(config: AppConfig, request: PlainRequest): Promise<Answer>
  stop(): Promise<void>
}

/** Starts one process that serves every configuration. */
export async function startOracle(): Promise<Oracle> {
  await ensureDebianPackages(
    ['python3-python-flask-jwt-extended', 'python3-jwt', 'python3-cryptography'],
    [python, '-c', 'import flask_jwt_extended, jwt, cryptography'],
  )
  const script = new URL('flask_app.py', import.meta.url).pathname
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await portOf(child)
  return {
    send: (config, request) => sendTo(port, configHeader(config), request),
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

async function portOf(child: ChildProcessByStdio<Writable, Readable, null>): Promise<number> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`flask_app.py ended with ${code}`)
  })
  const [line] = (await Promise.race([once(child.stdout, 'data'), failed])) as [Buffer]
  failed.catch(() => undefined)
  return Number(line.toString())
}

/** The configuration in Flask-JWT-Extended's words. */
function configHeader({ keyPair, callbacks, elsewhere, machineClock: _, ...values }: AppConfig): string {
  const named = Object.entries(values).map(([name, value]) => [flaskName(name), value])
  const keys =
    keyPair === undefined
      ? { JWT_SECRET_KEY: secret }
      : {
          JWT_ALGORITHM: keyPair.algorithm,
          JWT_PRIVATE_KEY: keyPair.privateKey,
          JWT_PUBLIC_KEY: keyPair.publicKey,
        }
  const config = { options: { ...keys, ...Object.fromEntries(named) }, callbacks, elsewhere }
  return Buffer.from(JSON.stringify(config)).toString('base64url')
}

function flaskName(option: string): string {
  const name = vocabulary.find(([, hallpass]) => hallpass === option)?.[0]
  if (name === undefined) throw new Error(`Flask-JWT-Extended has no option for ${option}`)
  return name
}

/** Over `node:http`, because fetch joins headers that stand twice and refuses some that are worth sending. */
async function sendTo(port: number, config: string, { method, path, headers, body }: PlainRequest): Promise<Answer> {
  const lines = [...headers, ['X-Parity-Config', config], ['Content-Length', String(Buffer.byteLength(body ?? ''))]]
  const outgoing = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: ['Host', 'localhost', ...lines.flat()],
  })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    text: await textOf(response),
    cookies: response.headers['set-cookie'] ?? [],
    calls: String(response.headers['x-calls'] ?? ''),
  }
}
