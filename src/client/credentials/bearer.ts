import type { TokensBody } from '../../routes/types.ts'
import type { Credentials } from './credentials.ts'
import type { TokenStorage } from './storage.ts'

interface Tokens {
  readonly access?: string | undefined
  readonly refresh?: string | undefined
}

/**
 * The client has the tokens itself: in memory, and in a storage if there is one. Storages fail, in private windows and when
 * they are full: the memory then counts.
 */
export function makeBearer(storage: TokenStorage, isShared: boolean, key: string): Credentials {
  let tokens: Tokens = {}
  let device: string | undefined
  /** Whether the storage has what the memory has. */
  let isStored = false
  /** What is read from the storage meanwhile must not replace what is newer. */
  let version = 0
  let writing: Promise<unknown> = Promise.resolve()
  const deviceKey = `${key} device`

  /** One after the other: a token that is written slowly must not come back after it was removed. */
  function write(name: string, value?: string): Promise<boolean> {
    const written = writing.then(async () => {
      try {
        await (value ? storage.set(name, value) : storage.remove(name))
        return value !== undefined
      } catch {
        return false
      }
    })
    writing = written
    return written
  }

  /** `undefined` where it cannot be known. */
  async function read(name: string): Promise<string | null | undefined> {
    try {
      await writing
      return (await storage.get(name)) ?? null
    } catch {
      return undefined
    }
  }

  /** What is stored, which is nothing after a logout; `undefined` where that cannot be known. */
  async function stored(): Promise<Tokens | undefined> {
    const text = await read(key)
    if (!text) return text === null && isStored ? {} : undefined
    try {
      return JSON.parse(text) as Tokens
    } catch {
      return {}
    }
  }

  async function keep({ access, refresh }: Tokens): Promise<void> {
    version++
    tokens = { access, refresh }
    isStored = await write(key, JSON.stringify(tokens))
  }

  async function adopt(): Promise<void> {
    const before = version
    const found = await stored()
    if (found !== undefined && version === before) {
      tokens = found
      isStored = true
    }
    device ??= (await read(deviceKey)) ?? undefined
  }

  return {
    isShared,
    mark: () => tokens.access ?? '',
    sign({ headers }, purpose) {
      const isShown = purpose === 'access' || purpose === 'logout'
      if (isShown && tokens.access !== undefined && !headers.has('authorization')) {
        headers.set('authorization', `Bearer ${tokens.access}`)
      }
      return {}
    },
    refreshKey: () => tokens.refresh,
    bodyFor(request) {
      if (request === 'refresh' || request === 'logout') return { refresh_token: tokens.refresh }
      return { device_token: device }
    },
    adopt,
    async accept({ access_token, refresh_token, device_token }: TokensBody, presented) {
      const before = version
      const found = presented === undefined ? undefined : await stored()
      if (version !== before) return
      if (found !== undefined && isStored && found.refresh !== presented) tokens = found
      else await keep({ access: access_token ?? tokens.access, refresh: refresh_token ?? tokens.refresh })
      if (device_token === undefined) return
      device = device_token
      await write(deviceKey, device_token)
    },
    renewedElsewhere: adopt,
    async forget() {
      version++
      tokens = {}
      await write(key)
      isStored = false
    },
    async leave() {
      const { refresh } = tokens
      const before = ++version
      tokens = {}
      const found = await stored()
      if (version !== before) return
      if (found?.refresh !== undefined && found.refresh !== refresh) tokens = found
      else await write(key)
    },
    hasSession: () => tokens.access !== undefined || tokens.refresh !== undefined,
    subject() {
      try {
        const [, payload = ''] = (tokens.access ?? '').split('.')
        const { sub } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { readonly sub?: string }
        return sub
      } catch {
        return undefined
      }
    },
  }
}
