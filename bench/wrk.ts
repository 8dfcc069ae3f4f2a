import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ensureDebianPackages } from '../test/debian.ts'

/** The requests that wrk sends, and for how long. */
export interface Load {
  readonly url: string
  /** A Lua program beside this file. */
  readonly script: string
  readonly connections: number
  readonly seconds: number
  /** The environment of the program. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Sends requests from one thread of another process. @returns The answers per second; each of them must be successful.
 */
export async function load({ url, script, connections, seconds, environment }: Load): Promise<number> {
  await ensureDebianPackages(['wrk'], ['which', 'wrk'])
  const program = new URL(script, import.meta.url).pathname
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', program, url]
  const { stdout } = await promisify(execFile)('wrk', args, { env: { ...process.env, ...environment } })
  // Requests under way when it ended are still being answered, and must not slow down the next contestant.
  await sleep(500)
  if (stdout.includes('Non-2xx')) throw new Error(`${url} refused requests:\n${stdout}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
}
