import { readFileSync, realpathSync, statSync } from 'node:fs'

/**
 * What an operator has to know of a file with secrets: that every user of the machine can open it. Not of one that a
 * platform mounts, as Kubernetes and Docker do with theirs: its mode is the platform's, and no one else is in there.
 */
export function openFileWarnings(path: string): string[] {
  // Windows has no such modes, and Node makes them up.
  if (process.platform === 'win32') return []
  const found = statSync(path, { throwIfNoEntry: false })
  const isOpen = found?.isFile() === true && (found.mode & 0o007) !== 0
  if (!isOpen || isMounted(realpathSync(path))) return []
  return [`Every user of this machine can read ${path}: run 'chmod o-rwx ${path}'`]
}

/** Kubernetes keeps what is in a volume in a folder `..<time>`, to replace it whole. Others mount a file by itself. */
function isMounted(path: string): boolean {
  const around = mounts().filter(({ point }) => path === point || path.startsWith(point === '/' ? point : `${point}/`))
  const innermost = around.toSorted((one, other) => other.point.length - one.point.length)[0]
  return path.includes('/..') || innermost?.point === path || innermost?.isReadOnly === true
}

interface Mount {
  readonly point: string
  readonly isReadOnly: boolean
}

/** Of this process (proc(5)); none where the system does not say. */
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

/** Blanks and the like are written as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
