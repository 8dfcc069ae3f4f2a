import { ConfigurationError, TokenError } from '../errors.ts'
import { type AlgorithmName, algorithms, isAlgorithmName } from './algorithms.ts'
import { importKey } from './import-key.ts'
import type { Jwk } from './jwk.ts'
import type { Key } from './key.ts'
import { parseStrictJson } from './strict-json.ts'

/** How the keys of another issuer are fetched and kept. */
export interface RemoteKeysOptions {
  /** Of keys that do not say it themselves, as some issuers' RSA keys do not. */
  readonly algorithm?: AlgorithmName
  /** A fetch that takes longer has failed. 5 by default. */
  readonly timeoutSeconds?: number
  /** A token with an unknown `kid` makes for one fetch in so many seconds at most. 30 by default. */
  readonly cooldownSeconds?: number
  /** The last good keys are kept for so long while no fetch succeeds. A day by default. */
  readonly maxStaleSeconds?: number
  /** Fetches without TLS from another machine: whoever stands between makes the keys. `false` by default. */
  readonly allowHttp?: boolean
}

const maxBytes = 256 * 1024
const maxKeys = 100
/** Bounds of what `Cache-Control` says (RFC 9111 section 5.2.2.1). */
const shortestSeconds = 5
const longestSeconds = 24 * 60 * 60
const fallbackSeconds = 300
const longestRetrySeconds = 60

/**
 * The published keys of an issuer (RFC 7517 section 5), kept up to date in the background. No request waits for them, but
 * the first, and the first after an unknown `kid`.
 */
export class RemoteKeys {
  readonly #url: string
  readonly #options: Required<Omit<RemoteKeysOptions, 'algorithm'>> & Pick<RemoteKeysOptions, 'algorithm'>
  readonly #use: (keys: readonly Key[]) => void
  /** Those that are in use, by the text of their JWK: what did not change stays the same key. */
  #known = new Map<string, Key>()
  #etag: string | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #flight: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #closing = new AbortController()

  /**
   * @param use Given the keys, from the oldest to the newest, whenever they changed.
   * @throws {ConfigurationError} `option_invalid`
   */
  constructor(url: string | URL, options: RemoteKeysOptions, use: (keys: readonly Key[]) => void) {
    const { timeoutSeconds = 5, cooldownSeconds = 30, maxStaleSeconds = 86_400, allowHttp = false } = options
    for (const [name, value] of Object.entries({ timeoutSeconds, cooldownSeconds, maxStaleSeconds })) {
      if (!(Number.isFinite(value) && value > 0)) throw invalid(`${name} must be a number of seconds, more than 0`)
    }
    if (options.algorithm !== undefined && !isPublic(options.algorithm)) {
      throw invalid('algorithm must be one whose keys have a public half')
    }
    this.#url = checkUrl(url, allowHttp)
    this.#options = { ...options, timeoutSeconds, cooldownSeconds, maxStaleSeconds, allowHttp }
    this.#use = use
    void this.#refresh().catch(() => {})
  }

  /** Resolves when there are keys; fails where they cannot be fetched. */
  async ready(): Promise<void> {
    if (this.#ageSeconds > this.#options.maxStaleSeconds) await this.#refresh()
  }

  /** @throws {TokenError} `keys_unavailable` where there are none, or none of late */
  check(): void {
    if (this.#ageSeconds <= this.#options.maxStaleSeconds) return
    throw new TokenError('keys_unavailable', 'The keys of the issuer could not be fetched')
  }

  /** A fetch that may bring a key which is missing; `undefined` where one was made just now, and did not. */
  again(): Promise<void> | undefined {
    if (this.#flight !== undefined) return this.#flight
    const isEmpty = this.#loadedAt === Number.NEGATIVE_INFINITY
    const pause = isEmpty ? 1 : this.#options.cooldownSeconds
    return now() - this.#askedAt < pause ? undefined : this.#refresh()
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  get #ageSeconds(): number {
    return now() - this.#loadedAt
  }

  /** One at a time, however many ask for it. */
  #refresh(): Promise<void> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  async #fetch(): Promise<void> {
    this.#askedAt = now()
    clearTimeout(this.#timer)
    let seconds = fallbackSeconds
    try {
      const response = await fetch(this.#url, {
        redirect: 'error',
        headers: {
          accept: 'application/jwk-set+json, application/json',
          ...(this.#etag !== undefined && { 'if-none-match': this.#etag }),
        },
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#options.timeoutSeconds * 1000)]),
      })
      if (response.status === notModified && this.#etag !== undefined) await response.body?.cancel()
      else this.#take(await readBody(response))
      this.#etag = response.headers.get('etag') ?? undefined
      seconds = lifetimeOf(response)
      this.#loadedAt = this.#askedAt
      this.#failures = 0
    } catch (error) {
      seconds = Math.min(2 ** this.#failures++, longestRetrySeconds)
      // Tokens that were seen before go with them.
      if (this.#ageSeconds > this.#options.maxStaleSeconds) this.#forget()
      throw error
    } finally {
      this.#schedule(seconds)
    }
  }

  /** A tenth sooner or later, so that not everybody comes at once. */
  #schedule(seconds: number): void {
    if (this.#closing.signal.aborted) return
    const jitter = 0.9 + Math.random() * 0.1
    this.#timer = setTimeout(() => void this.#refresh().catch(() => {}), seconds * jitter * 1000)
    this.#timer.unref()
  }

  #forget(): void {
    this.#known.clear()
    this.#etag = undefined
    this.#loadedAt = Number.NEGATIVE_INFINITY
    this.#use([])
  }

  /** Takes over a document, or refuses all of it: then the keys from before stay. */
  #take(bytes: Buffer): void {
    const document = parseStrictJson(bytes, (why) => new Error(`The keys cannot be read as JSON: ${why}`))
    const list: unknown = (document as { keys?: unknown } | null)?.keys
    if (!Array.isArray(list) || list.length > maxKeys)
      throw new Error(`A key set has a list of at most ${maxKeys} keys`)
    const keys = new Map<string, Key>()
    for (const jwk of list) {
      refuseSecrets(jwk)
      const text = JSON.stringify(jwk)
      const key = this.#known.get(text) ?? importPublic(jwk, this.#options.algorithm)
      if (key !== undefined) keys.set(text, key)
    }
    if (keys.size === 0 && list.length > 0) throw new Error('None of the keys can be used')
    const names = new Set([...keys.values()].map(({ algorithm, kid }) => `${algorithm} ${kid}`))
    if (names.size < keys.size) throw new Error('Two keys have one name')
    this.#known = keys
    this.#use([...keys.values()])
  }
}

const notModified = 304

function now(): number {
  return performance.now() / 1000
}

function checkUrl(given: string | URL, allowHttp: boolean): string {
  if (!URL.canParse(String(given))) throw invalid('The address of the keys cannot be read')
  const url = new URL(String(given))
  if (url.username !== '' || url.password !== '') throw invalid('The address of the keys must hold no password')
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (isLocal || allowHttp))) {
    throw invalid('Keys are fetched by https; set allowHttp where nobody can stand between')
  }
  return url.href
}

/** Stops reading where it is too much, whatever length was announced. */
async function readBody(response: Response): Promise<Buffer> {
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`The keys were answered with ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`The keys have more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function lifetimeOf({ headers }: Response): number {
  const control = headers.get('cache-control') ?? ''
  const [, maxAge] = /(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])/i.exec(control) ?? []
  const seconds = maxAge === undefined ? fallbackSeconds : Number(maxAge)
  return Math.min(Math.max(seconds, shortestSeconds), longestSeconds)
}

/** A document that gives secrets away is none to believe. */
function refuseSecrets(jwk: unknown): void {
  if (typeof jwk !== 'object' || jwk === null) throw new Error('A key is an object')
  for (const member of ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']) {
    if (Object.hasOwn(jwk, member)) throw new Error('A published key has a private member')
  }
}

/** `undefined` for what this cannot use: keys for encryption, of other types, too weak (RFC 7517 section 5). */
function importPublic(jwk: Jwk, algorithm: AlgorithmName | undefined): Key | undefined {
  try {
    return importKey({ jwk, ...(jwk.alg === undefined && algorithm !== undefined && { algorithm }) })
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}

/** Whether keys of an algorithm can be published. */
export function isPublic(algorithm: unknown): algorithm is AlgorithmName {
  return isAlgorithmName(algorithm) && algorithms[algorithm].kty !== 'oct'
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError('option_invalid', message)
}
