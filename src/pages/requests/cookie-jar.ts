/** The cookies of a browser, and what the routes change in them while one page is made. */
export class CookieJar {
  #pairs: readonly (readonly [name: string, pair: string])[]

  constructor(header: string) {
    this.#pairs = header
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '')
      .map((pair) => [nameOf(pair), pair])
  }

  /** The `Cookie` header of the next request. */
  get header(): string {
    return this.#pairs.map(([, pair]) => pair).join('; ')
  }

  has(name: string): boolean {
    return this.#pairs.some(([own]) => own === name)
  }

  /** Takes a `Set-Cookie` line. One without a value removes the cookie. */
  keep(line: string): void {
    const [pair = ''] = line.split(';')
    const name = nameOf(pair)
    const others = this.#pairs.filter(([own]) => own !== name)
    this.#pairs = pair === `${name}=` ? others : [...others, [name, pair]]
  }
}

function nameOf(pair: string): string {
  return pair.slice(0, pair.indexOf('=')).trim()
}
