import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ensureDebianPackages } from '../test/debian.ts'

/** What wrk sends, and for how long. */
export interface Load {
  readonly url: string
  /** A Lua program beside this file. */
  readonly script: string
  readonly connections: number
  readonly seconds: number
  /** What the program is told. */
  readonly environment: Readonly<Record<string, string>>
}

/** Answers per second, to one thread of another process. Every answer must be a good one. */
export async function load({ url, script, connections, seconds, environment }: Load): Promise<number> {
  await ensureDebianPackages(['wrk'], ['which', 'wrk'])
  const program = new URL(script, import.meta.url).pathname
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', program, url]
  const { stdout } = await promisify(execFile)('wrk', args, { env: { ...process.env, ...environment } })
  // What was under way when it ended is still being answered, and must not weigh on whoever is next.
  await sleep(500)
  if (stdout.includes('Non-2xx')) throw new Error(`${url} refused requests:\n${stdout}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
}
