/** Reads a parameter of a request target or URL, even if `URL` would reject it, because clients control both. */
export function queryParameter(url: string, name: string): string | undefined {
  const [, search] = /^[^?#]*\?([^#]*)/.exec(url) ?? []
  // Without the `&`, a second leading question mark would be dropped like the first.
  return search === undefined ? undefined : (new URLSearchParams(`&${search}`).get(name) ?? undefined)
}
