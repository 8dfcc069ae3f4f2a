/** Anything that URL parsers drop or change, and what no URL contains unencoded. */
const unusual = /[\s\\\p{C}]|[^\x21-\x7e]/u

/**
 * Where to send a person after signing in, as `return_to` requests it: a URL of a listed origin, compared after
 * parsing.
 * @returns The parsed URL; `undefined` for any other text.
 */
export function readReturnTo(text: string | undefined, origins: readonly string[]): string | undefined {
  if (text === undefined || unusual.test(text) || !/^https?:\/\/[^/]/i.test(text)) return undefined
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/i.test(text)) return undefined
  return origins.includes(url.origin) ? url.href : undefined
}
