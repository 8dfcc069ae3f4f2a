import { optionInvalid } from '../errors.ts'

/**
 * Where something is fetched from that decides who is let in: by https, or from this machine.
 * @param what Stands there, for the message, which never repeats the address: it may hold a password.
 * @throws {ConfigurationError} `option_invalid`
 */
export function checkAddress(what: string, given: string | URL, allowHttp = false): string {
  const refused = (why: string) => optionInvalid(`The address of the ${what} ${why}`)
  if (!URL.canParse(String(given))) throw refused('cannot be read')
  const { protocol, hostname, username, password, href } = new URL(String(given))
  // What fetches it names the address, all of it, in the errors that go to logs.
  if (username + password !== '') throw refused('must not contain a user name or password')
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && (isLocal || allowHttp))) return href
  throw refused('must be https; set allowHttp only on a trusted network')
}
