import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDebianPackages } from './debian.ts'
import { makeFolder } from './server/process.ts'

/** Installs Debian's libfaketime, with which a process sees another time of day. */
export async function ensureFaketime(): Promise<void> {
  await ensureDebianPackages(['faketime'], ['faketime', '--version'])
}

/** The environment of a process whose clock is wrong by some seconds. Its monotonic clock is unchanged. */
export function clockOff(seconds: number): NodeJS.ProcessEnv {
  return { ...preload(), FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}s` }
}

/** A clock that a test can set while the process runs. */
export interface SettableClock {
  readonly env: NodeJS.ProcessEnv
  set(seconds: number): void
  remove(): void
}

export function settableClock(): SettableClock {
  const folder = makeFolder()
  const file = join(folder.path, 'faketime')
  const set = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}s\n`)
  set(0)
  return { env: { ...preload(), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' }, set, remove: folder.remove }
}

function preload(): NodeJS.ProcessEnv {
  const files = execFileSync('dpkg', ['-L', 'libfaketime'], { encoding: 'utf8' }).split('\n')
  const library = files.find((file) => file.endsWith('/libfaketimeMT.so.1'))
  if (library === undefined) throw new Error('libfaketime has no library for threads')
  return { LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1' }
}
