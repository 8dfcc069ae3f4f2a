import { optionInvalid } from '../errors.ts'

/**
 * Checks the address of a server whose answers decide who gets in: https, or on this machine.
 * @param what Names the address in the message. The message never repeats the address itself, which may contain a
 * password.
 * @throws {ConfigurationError} `option_invalid`
 */
export function checkAddress(what: string, given: string | URL, allowHttp = false): string {
  const refused = (why: string) => optionInvalid(`The address of the ${what} ${why}`)
  if (!URL.canParse(String(given))) throw refused('cannot be read')
  const { protocol, hostname, username, password, href } = new URL(String(given))
  // Errors of the fetch contain the whole address, and end up in logs.
  if (username + password !== '') throw refused('must not contain a user name or password')
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && (isLocal || allowHttp))) return href
  throw refused('must be https; set allowHttp only on a trusted network')
}
