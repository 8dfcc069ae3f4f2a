/** Anything that URL parsers drop or turn into something else, and what no URL contains as it is. */
const unusual = /[\s\\\p{C}]|[^\x21-\x7e]/u

/**
 * Where a person goes after signing in, as `return_to` names it: an address of a listed origin, compared after parsing.
 * @returns The address as it was parsed; `undefined` for every other text.
 */
export function readReturnTo(text: string | undefined, origins: readonly string[]): string | undefined {
  if (text === undefined || unusual.test(text) || !/^https?:\/\/[^/]/i.test(text)) return undefined
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/i.test(text)) return undefined
  return origins.includes(url.origin) ? url.href : undefined
}
