/** Schemes whose pages have an origin that a URL parser can write (WHATWG URL §4.7). */
const webSchemes: readonly string[] = ['http:', 'https:']

/** Schemes in which no page is loaded, or one without an origin. */
const pageless: readonly string[] = ['ws:', 'wss:', 'ftp:', 'file:', 'data:', 'blob:', 'about:', 'javascript:']

/** `capacitor://localhost`, `tauri://localhost`, `chrome-extension://…`: as native shells and extensions send them. */
const shellOrigin = /^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(?::\d{1,5})?$/i

/**
 * Why a text cannot be the `Origin` of a request (RFC 6454 §6.2), and what to write instead; `undefined` where it can.
 * Origins are compared letter by letter, so that one in another spelling would be taken and match nothing.
 */
export function originFault(text: string): string | undefined {
  if (text.includes('@')) return 'an origin holds neither user nor password'
  if (text === 'null') return 'null is the origin of any page that hides its own'
  if (text.includes('*')) return `${text} has a wildcard, and origins are compared as they are: list each`
  if (!URL.canParse(text)) return `${text} is no origin such as https://app.example`
  const { protocol, origin } = new URL(text)
  if (pageless.includes(protocol)) return `${text} is the origin of no page: write https://… or http://…`
  const expected = webSchemes.includes(protocol)
    ? origin
    : text.replace(/^[^:]+:/, protocol).replace(/(?<=[^/])\/$/, '')
  if (text !== expected) return `${text} has to be written as browsers send it: ${expected}`
  return webSchemes.includes(protocol) || shellOrigin.test(text) ? undefined : `${text} is more than an origin`
}
