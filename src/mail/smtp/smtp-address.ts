import { isIP } from 'node:net'

/** Where mails are handed over, as read from `smtp://…` or `smtps://…`. */
export interface SmtpAddress {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly isSecure: boolean
  /** Whether a connection that begins in plain text must be encrypted before anything is sent. */
  readonly requiresTls: boolean
  readonly user?: string
  readonly password?: string
}

const advice = 'cannot be read: in a user name or password write % as %25, / as %2F, # as %23, ? as %3F and @ as %40'
const starttlsValues: ReadonlySet<string | null> = new Set([null, 'required', 'off'])

/**
 * Reads the address of a mail server. `smtp:` begins in plain text on port 587 and requires STARTTLS, unless the host is this
 * machine or `?starttls=off` is set; `smtps:` is TLS on port 465.
 * @returns Or all that is wrong. The address is not repeated: it may contain a password.
 */
export function readSmtpAddress(text: string): SmtpAddress | { readonly mistakes: readonly string[] } {
  if (!/^smtps?:\/\/./i.test(text)) return { mistakes: ["must be 'smtp://…' or 'smtps://…'"] }
  const url = readable(text)
  if (url === undefined) return { mistakes: [advice] }
  const isSecure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const [user, password] = [url.username, url.password].map(decodeURIComponent)
  const starttls = url.searchParams.get('starttls')
  const others = [...url.searchParams.keys()].filter((name) => name !== 'starttls')
  const mistakes = [
    ...(/^[\w.-]+$/.test(host) || isIP(host) === 6 ? [] : ['has no valid host']),
    ...(url.port === '0' ? ['has no valid port'] : []),
    ...(/^\/?$/.test(url.pathname) && url.hash === '' ? [] : [`must end with host and port; otherwise it ${advice}`]),
    ...(starttlsValues.has(starttls) ? [] : ["has a 'starttls' that is neither 'required' nor 'off'"]),
    ...(isSecure && starttls !== null ? ["is 'smtps://', which has no 'starttls'"] : []),
    ...(others.length === 0 ? [] : ["has a parameter that is not 'starttls'"]),
    ...(password !== '' && user === '' ? ['has a password without a user name'] : []),
    ...(/\p{Cc}/u.test(`${user}${password}`) ? ['has a control character in the user name or password'] : []),
  ]
  if (mistakes.length > 0) return { mistakes }
  return {
    host,
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    isSecure,
    requiresTls: !isSecure && (starttls === 'required' || (starttls === null && !isLoopback(host))),
    ...(user !== '' && { user, password }),
  } as SmtpAddress
}

/** What is wrong with the address of a mail server. */
export function smtpMistakes(text: string): readonly string[] {
  const read = readSmtpAddress(text)
  return 'mistakes' in read ? read.mistakes : []
}

/** No network lies between: a server there has a certificate that no one signed, or none. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function readable(text: string): URL | undefined {
  try {
    const url = new URL(text)
    for (const part of [url.username, url.password, url.hostname]) decodeURIComponent(part)
    return url.hostname === '' ? undefined : url
  } catch {
    return undefined
  }
}
