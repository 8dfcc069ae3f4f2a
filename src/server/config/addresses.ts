import { faultOfAddress, isOfPostgres } from '../../store/engine/open-database.ts'
import { readPostgresAddress } from '../../store/postgres/address.ts'

const advice = 'cannot be read: in a user name or password write % as %25, / as %2F, # as %23, ? as %3F and @ as %40'

/**
 * What is wrong with the address of a database, as far as it can be seen without asking it. The address is not repeated: it
 * may hold a password.
 */
export function databaseMistakes(text: string): readonly string[] {
  if (isOfPostgres(text)) return readPostgresAddress(text).mistakes
  const fault = faultOfAddress(text)
  return fault === undefined ? [] : [fault]
}

/** Likewise for Valkey or Redis. */
export function valkeyMistakes(text: string): readonly string[] {
  if (!/^(?:redis|rediss|valkey|valkeys):\/\/./.test(text)) return ["must be 'redis://…' or 'rediss://…'"]
  const url = readable(text)
  if (url === undefined) return [advice]
  return /^\/?\d*$/.test(url.pathname) ? [] : ['must end with host and port, or with a database number']
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
