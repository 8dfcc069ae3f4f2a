import { accessSync, constants, statSync } from 'node:fs'
import { isIPv6 } from 'node:net'

/** Where PostgreSQL is. */
export interface PostgresAddress {
  /** One address per host, in the order given, in a form that the driver reads exactly as intended. */
  readonly urls: readonly string[]
  /** Whether it runs on this machine. */
  readonly isLocal: boolean
  /** How long a statement of a request may take: `statement_timeout`, five seconds by default. */
  readonly statementMilliseconds: number
  /** All reasons why the address cannot be used. None repeats the address, which may contain a password. */
  readonly mistakes: readonly string[]
}

const defaultStatementMilliseconds = 5_000
/** The range of `statement_timeout`. Without a limit, requests would wait for ever for a server that does not answer. */
const [leastMilliseconds, mostMilliseconds] = [1_000, 600_000]
/** Limits that follow from `statement_timeout`. The driver would send them when it connects, which PgBouncer rejects. */
const proportional = ['lock_timeout', 'idle_in_transaction_session_timeout']

const encoding = 'in user names, passwords and database names write % as %25, / as %2F, # as %23, ? as %3F and @ as %40'

/** Values of `target_session_attrs` under which the server accepts writes, as hallpass requires. */
const writable: ReadonlySet<string> = new Set(['any', 'read-write', 'primary'])
const sslModes: ReadonlySet<string> = new Set(['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'])

/**
 * Reads an address as libpq does, with one host or several: `postgres://user@one:5432,two:5433/app`. Only this function
 * reads what the operator wrote; the driver gets the addresses that it returns.
 */
export function readPostgresAddress(url: string): PostgresAddress {
  const [, scheme = '', authority = '', path = '', query = '', fragment] =
    /^(postgres(?:ql)?:\/\/)([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? []
  const at = authority.lastIndexOf('@')
  // An unescaped slash, question mark or hash in a password ends the authority too early.
  if (scheme === '' || fragment !== undefined || /@/.test(path) || /^[^=&]*@/.test(query)) {
    const mistakes = [`cannot be read: ${encoding}`]
    return { urls: [], isLocal: false, statementMilliseconds: defaultStatementMilliseconds, mistakes }
  }
  const parameters = new URLSearchParams(query)
  const user = readUser(authority.slice(0, Math.max(at, 0)))
  const { hosts, mistakes } = readHosts(authority.slice(at + 1), parameters)
  const database = decoded(path.slice(1))
  const all = [...mistakes, ...parameterMistakes(parameters)]
  if (user === undefined || database === undefined) all.push(`has an invalid percent escape: ${encoding}`)
  // The driver would cut the name off there.
  else if (/[?#]/.test(database)) all.push('has a database name with ? or #, which the driver does not support')
  const statementMilliseconds = Number(parameters.get('statement_timeout') ?? defaultStatementMilliseconds)
  // The first two are in each address. The driver would send the third when it connects, which PgBouncer rejects.
  for (const name of ['host', 'port', 'statement_timeout']) parameters.delete(name)
  // Without a host, the port cannot be written before the slash.
  if (hosts.length === 1 && hosts[0]?.name === '' && hosts[0].port !== '') parameters.set('port', hosts[0].port)
  const rest = (database ? `/${encodeURI(database)}` : '/') + (parameters.size > 0 ? `?${parameters}` : '')
  return {
    urls: hosts.map(({ name, port }) => scheme + (user ?? '') + name + (name && port && `:${port}`) + rest),
    isLocal: hosts.every(({ isLocal }) => isLocal),
    statementMilliseconds,
    mistakes: all,
  }
}

/** @returns The user as it is written before a host. */
function readUser(text: string): string | undefined {
  if (text === '') return ''
  const colon = text.indexOf(':')
  const parts = colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)]
  const plain = parts.map(decoded)
  if (plain.includes(undefined)) return undefined
  return `${plain.map((part) => encodeURIComponent(part as string)).join(':')}@`
}

/** A percent sign that starts no escape is literal. @returns `undefined` if the escapes are not valid text. */
function decoded(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined
  try {
    return decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, '%25'))
  } catch {
    return undefined
  }
}

interface Host {
  readonly name: string
  /** Empty for the default port. */
  readonly port: string
  readonly isLocal: boolean
}

/**
 * Reads the hosts between `//` and `/`. As with libpq, the parameters `host` and `port` override them, each by itself.
 */
function readHosts(
  written: string,
  parameters: URLSearchParams,
): { readonly hosts: readonly Host[]; readonly mistakes: readonly string[] } {
  const mistakes = new Set<string>()
  const given = parameters.get('host') || null
  const ports = readPorts(written, parameters)
  const texts = (given ?? written).split(',')
  if (texts.length > 1 && texts.some((text) => /^(?::.*)?$/.test(text.trim()))) {
    mistakes.add('has a comma with no host next to it: write one:5432,two:5432')
  }
  if (ports.length > 1 && ports.length !== texts.length) {
    mistakes.add(`has ${texts.length} hosts and ${ports.length} ports: write one port, or as many as hosts`)
  }
  const hosts = texts.map((text, index) => {
    const { name } = given === null ? splitHost(text) : { name: text }
    const mistake = hostMistake(name, given !== null)
    if (mistake !== undefined) mistakes.add(mistake)
    const number = (ports.length > 1 ? ports[index] : ports[0]) ?? ''
    if (number !== '' && !(/^\d{1,5}$/.test(number) && Number(number) >= 1 && Number(number) <= 65_535)) {
      mistakes.add('has a port that is not a number from 1 to 65535')
    }
    return { name: nameOf(name), port: number, isLocal: isLocal(name) }
  })
  return { hosts, mistakes: [...mistakes] }
}

/** @returns One port for all hosts, or one for each; empty if none is given. */
function readPorts(written: string, parameters: URLSearchParams): readonly string[] {
  const given = parameters.get('port')
  if (given) return given.split(',')
  const ports = written.split(',').map((text) => splitHost(text).port)
  return ports.some((port) => port !== '') ? ports : []
}

function splitHost(text: string): { readonly name: string; readonly port: string } {
  // Several colons without brackets are an IPv6 address, or invalid.
  const [, name = text, port = ''] = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(text) ?? []
  return { name: decoded(name) ?? name, port }
}

function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1')
}

/** @param isAlone Whether no port follows: an IPv6 address then needs no brackets. */
function hostMistake(name: string, isAlone: boolean): string | undefined {
  if (name === '' || name.startsWith('/')) return undefined
  if (isIPv6(bare(name)) && (isAlone || name.startsWith('['))) {
    return name.includes('%') ? 'has an IPv6 address with a zone, which the driver does not support' : undefined
  }
  if (/[:[\]]/.test(name)) {
    return 'has a host that cannot be read: write an IPv6 address in brackets, as in [2001:db8::1]:5432'
  }
  return /^[\p{L}\p{N}._-]+$/u.test(name)
    ? undefined
    : 'has a host that cannot be read: write a name, an address, or the directory of a socket as host=/run/postgresql after a question mark'
}

/** As the driver expects it before the port: the directory of a socket is escaped, so that it is one part. */
function nameOf(name: string): string {
  if (name.startsWith('/')) return encodeURIComponent(name)
  return isIPv6(name) ? `[${name}]` : name
}

/** A socket directory is on this machine, and so is the driver's default if no host is given. */
function isLocal(name: string): boolean {
  return /^(?:|\/.*|localhost|127(?:\.\d+){3}|\[?::1\]?)$/s.test(name)
}

function parameterMistakes(parameters: URLSearchParams): string[] {
  const mistakes: string[] = []
  const role = parameters.get('target_session_attrs')
  if (role !== null && !writable.has(role))
    mistakes.push('has a target_session_attrs that is not read-write or primary')
  const mode = parameters.get('sslmode')
  if (mode !== null && !sslModes.has(mode)) mistakes.push(`has an sslmode other than ${[...sslModes].join(', ')}`)
  const limit = parameters.get('statement_timeout')
  const isInRange = (text: string) => Number(text) >= leastMilliseconds && Number(text) <= mostMilliseconds
  if (limit !== null && !(/^\d+$/.test(limit) && isInRange(limit))) {
    mistakes.push(
      `has a statement_timeout that is not a number of milliseconds from ${leastMilliseconds} to ${mostMilliseconds}`,
    )
  }
  for (const name of proportional) {
    if (parameters.has(name)) mistakes.push(`sets ${name}, which follows from statement_timeout: leave it out`)
  }
  // The driver reads these files when it connects.
  for (const name of ['sslcert', 'sslkey', 'sslrootcert']) {
    const path = parameters.get(name)
    if (path !== null && path !== '' && !isReadableFile(path)) {
      mistakes.push(`names a file in ${name} that cannot be read`)
    }
  }
  return mistakes
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    // The driver would wait for the writer of a named pipe, and block this process.
    return statSync(path).isFile()
  } catch {
    return false
  }
}
