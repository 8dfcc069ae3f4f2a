import { accessSync, constants } from 'node:fs'
import { faultOfAddress } from '../store/open-database.ts'

const advice = 'cannot be read: in a user name or password write % as %25, / as %2F, # as %23, ? as %3F and @ as %40'

/**
 * What is wrong with the address of a database, as far as it can be seen without asking it.
 * @returns `undefined` where nothing is. The address is not repeated: it may hold a password.
 */
export function databaseMistake(text: string): string | undefined {
  const fault = faultOfAddress(text)
  if (fault !== undefined || text.startsWith('sqlite:')) return fault
  const urls = urlsOf(text)
  return urls === undefined ? advice : certificateMistake(urls[0])
}

/** Likewise for Valkey or Redis. */
export function valkeyMistake(text: string): string | undefined {
  if (!/^(?:redis|rediss|valkey|valkeys):\/\/./.test(text)) return "must be 'redis://…' or 'rediss://…'"
  const url = readable(text)
  if (url === undefined) return advice
  return /^\/?\d*$/.test(url.pathname) ? undefined : 'must end with host and port, or with a database number'
}

/** One for each host: there may be several with commas, or none, as for a socket. pg takes blanks and stray percent signs. */
function urlsOf(text: string): readonly [URL, ...URL[]] | undefined {
  const isLoose = / |%(?![a-f\d]{2})/i.test(text)
  const encoded = isLoose ? encodeURI(text.toWellFormed()).replace(/%25(\d\d)/g, '%$1') : text
  const [, before = '', hosts = '', rest = ''] = /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(encoded) ?? []
  const urls = hosts
    .split(',')
    .map((host) => readable(before + (host === '' && hosts === '' ? 'localhost' : host) + rest))
  return urls.some((url) => url === undefined) ? undefined : (urls as [URL, ...URL[]])
}

function readable(text: string): URL | undefined {
  try {
    const url = new URL(text)
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part)
    return url
  } catch {
    return undefined
  }
}

/** pg reads these files when it connects. */
function certificateMistake({ searchParams }: URL): string | undefined {
  for (const name of ['sslcert', 'sslkey', 'sslrootcert']) {
    const path = searchParams.get(name)
    if (path !== null && path !== '' && !isReadableFile(path)) return `names a file in ${name} that cannot be read`
  }
  return undefined
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
