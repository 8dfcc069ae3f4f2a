import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A command that succeeds if the packages are installed. */
export type Probe = readonly [command: string, ...args: string[]]

/**
 * Ensures that the Debian packages that a test needs are installed. As root on Debian, as in a build container, it
 * installs them; otherwise, it says which ones to install.
 */
export async function ensureDebianPackages(packages: readonly string[], probe: Probe): Promise<void> {
  if (succeeds(probe)) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`These tests need Debian's packages: apt-get install ${packages.join(' ')}`)
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Several test files may do this at once. apt waits for dpkg's lock, but not for the lock of its package lists.
  const aptGet = (...args: string[]) =>
    run('/usr/bin/flock', ['/var/lib/apt', '/usr/bin/apt-get', '-o', 'DPkg::Lock::Timeout=300', '-qy', ...args], {
      env,
    })
  await aptGet('update')
  await aptGet('install', '--no-install-recommends', ...packages)
  if (!succeeds(probe)) throw new Error(`Installed ${packages.join(' ')}, and still this fails: ${probe.join(' ')}`)
}

function succeeds([command, ...args]: Probe): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
