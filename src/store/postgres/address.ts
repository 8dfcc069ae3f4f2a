import { ConfigurationError } from '../../errors.ts'

/** Where PostgreSQL is. */
export interface PostgresAddress {
  /** One address for each host, in the order in which they were written. */
  readonly urls: readonly string[]
  /** Whether it runs on this machine. */
  readonly isLocal: boolean
}

/**
 * Reads an address as libpq writes it, with one host or several: `postgres://user@one:5432,two:5433/app`.
 * @param open Tries whether the driver can read the address of one host. It must not connect.
 * @throws {ConfigurationError} `database_invalid`. The message does not repeat the address, which may hold a password.
 */
export function readPostgresAddress(url: string, open: (url: string) => void): PostgresAddress {
  const [, scheme = '', authority = '', rest = ''] = /^(postgres(?:ql)?:\/\/)([^/?#]*)(.*)$/s.exec(url) ?? []
  const at = authority.lastIndexOf('@') + 1
  const hosts = authority.slice(at).split(',')
  if (hosts.length > 1 && hosts.includes('')) throw unreadable('a host between two commas is empty')
  const urls = hosts.map((host) => scheme + authority.slice(0, at) + host + rest)
  const role = /[?&]target_session_attrs=([\w-]*)/.exec(rest)?.[1]
  if (role !== undefined && !writable.has(role)) throw unreadable('target_session_attrs must be read-write or primary')
  try {
    for (const one of urls) open(one)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    // A file that the address names: a certificate.
    throw unreadable(code === 'ENOENT' || code === 'EACCES' ? message : 'it is not a valid URL', cause)
  }
  return { urls, isLocal: hosts.every((host) => isLocal(host, rest)) }
}

/** hallpass writes. */
const writable: ReadonlySet<string> = new Set(['any', 'read-write', 'primary'])

/** A socket, of which the folder is the host, is local too. */
function isLocal(host: string, rest: string): boolean {
  if (/[?&]host=(?!%2f|\/)/i.test(rest)) return false
  return /^(?:|localhost|127(?:\.\d+){3}|\[::1\])(?::\d*)?$/.test(host)
}

function unreadable(why: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('database_invalid', `The address of the PostgreSQL database cannot be read: ${why}`, {
    cause,
  })
}
