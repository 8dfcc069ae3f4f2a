import { spawn } from 'node:child_process'
import { ensureDebianPackages } from '../debian.ts'
import { end } from './proxy.ts'

const program = new URL('wsgi_app.py', import.meta.url).pathname
const python = '/usr/bin/python3'

/** An application on Python's own WSGI server, which answers with the headers that it received. */
export interface WsgiApp {
  readonly port: number
  /** Methods of the requests that it has received so far. */
  readonly received: readonly string[]
  stop(): Promise<void>
}

export async function startWsgiApp(): Promise<WsgiApp> {
  await ensureDebianPackages(['python3'], [python, '-c', 'import wsgiref'])
  const child = spawn(python, [program])
  let output = ''
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('\n')) resolve(Number.parseInt(output, 10))
    })
    child.once('exit', () => reject(new Error(errors)))
  })
  return {
    port,
    get received() {
      return output.split('\n').slice(1, -1)
    },
    stop: () => end(child),
  }
}
