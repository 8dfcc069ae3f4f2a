/** A parameter of a request target or URL, which need not be one that `URL` accepts: clients write into both. */
export function queryParameter(url: string, name: string): string | undefined {
  const [, search] = /^[^?#]*\?([^#]*)/.exec(url) ?? []
  // Alone, a second question mark at the beginning would be dropped as if it were the first.
  return search === undefined ? undefined : (new URLSearchParams(`&${search}`).get(name) ?? undefined)
}
