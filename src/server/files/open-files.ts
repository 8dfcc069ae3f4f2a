import { readFileSync, realpathSync, statSync } from 'node:fs'

/**
 * Warns if every user of the machine can open a file with secrets. Files that a platform mounts, such as Kubernetes and
 * Docker do, are exempt: the platform sets their mode, and a container has no other users.
 */
export function openFileWarnings(path: string): string[] {
  // Windows has no such modes; Node makes them up.
  if (process.platform === 'win32') return []
  const found = statSync(path, { throwIfNoEntry: false })
  const isOpen = found?.isFile() === true && (found.mode & 0o007) !== 0
  if (!isOpen || isMounted(realpathSync(path))) return []
  return [`Every user of this machine can read ${path}: run 'chmod o-rwx ${path}'`]
}

/**
 * Kubernetes keeps the contents of a volume in a folder `..<time>`, so that it can replace them all at once. Other
 * platforms mount a single file.
 */
function isMounted(path: string): boolean {
  const around = mounts().filter(({ point }) => path === point || path.startsWith(point === '/' ? point : `${point}/`))
  const innermost = around.toSorted((one, other) => other.point.length - one.point.length)[0]
  return path.includes('/..') || innermost?.point === path || innermost?.isReadOnly === true
}

interface Mount {
  readonly point: string
  readonly isReadOnly: boolean
}

/** The mounts of this process (proc(5)); none if the system does not list them. */
function mounts(): Mount[] {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
    return lines.map((line) => {
      const [, , , , point = '', options = ''] = line.split(' ')
      return { point: unescaped(point), isReadOnly: options.split(',').includes('ro') }
    })
  } catch {
    return []
  }
}

/** Spaces and similar characters are written as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
