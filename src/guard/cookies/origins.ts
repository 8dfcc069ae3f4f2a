/** Schemes in which no page is loaded, or one without an origin. */
const pageless = /^(?:wss?|ftp|file|data|blob|about|javascript):/

/** `capacitor://localhost`, `tauri://localhost`, `chrome-extension://…`: as native shells and extensions send them. */
const shellOrigin = /^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(?::\d+)?$/

/**
 * Why a text cannot be the `Origin` of a request (RFC 6454 §6.2), and what to write instead; `undefined` where it can.
 * Origins are compared letter by letter, so that one in another spelling would be taken and match nothing.
 */
export function originFault(text: string): string | undefined {
  if (text.includes('@')) return 'an origin must not contain a user name or password'
  if (text.includes('*')) return `${text}: wildcards are not supported, list each origin`
  if (text === 'null' || !URL.canParse(text)) return `${text} is not an origin such as https://app.example`
  const { href, origin } = new URL(text)
  if (pageless.test(href)) return `${text}: no page can have this origin`
  const isWeb = origin !== 'null'
  if (isWeb ? text === origin : shellOrigin.test(text)) return undefined
  return `${text}: write only scheme, host and port${isWeb ? `: ${origin}` : ''}`
}
