import type { TokensBody } from '../../routes/types.ts'
import type { SessionClaims } from '../surroundings.ts'
import { type Credentials, deviceTokenNames, pick, tokenNames } from './credentials.ts'
import type { TokenStorage } from './storage.ts'

/** Device tokens outlive the session: the next login on this device sends them. */
type Tokens = Partial<TokensBody> & { readonly trusted_device_token?: string | undefined }

/**
 * Bearer mode: the client has the tokens itself, in memory and in a storage. A storage may fail, in private windows or
 * when it is full; then the memory counts.
 */
export function makeBearer(storage: TokenStorage, isShared: boolean, key: string): Credentials {
  let tokens: Tokens = {}
  /** Whether the storage has what the memory has. If a write failed, the stored tokens are older, and are not read. */
  let isStored: boolean | undefined
  /** Tokens read from the storage must not replace tokens that were set during the read. */
  let version = 0
  let writing: Promise<void> = Promise.resolve()

  /** Writes in order: a token that is written slowly must not reappear after it was removed. */
  function keep(next: Tokens): Promise<void> {
    version++
    tokens = next
    const text = JSON.stringify(next)
    writing = writing.then(async () => {
      try {
        await (text === '{}' ? storage.remove(key) : storage.set(key, text))
        isStored = true
      } catch {
        isStored = false
      }
    })
    return writing
  }

  /** The stored tokens, which are none after a logout; `undefined` if that cannot be known. */
  async function stored(): Promise<Tokens | undefined> {
    try {
      await writing
      if (isStored === false) return undefined
      const text = await storage.get(key)
      return text ? Object(JSON.parse(text, onlyTokens)) : isStored ? {} : undefined
    } catch {
      return undefined
    }
  }

  const ofDevice = (): Tokens => pick(tokens, deviceTokenNames)

  /** Forgets everything except what outlives the session. */
  function forget(): Promise<void> {
    return keep(ofDevice())
  }

  async function adopt(): Promise<void> {
    const before = version
    const found = await stored()
    if (found === undefined || version !== before) return
    tokens = found
    isStored = true
  }

  return {
    isShared,
    mark: () => tokens.access_token ?? '',
    sign(headers, _method, purpose) {
      const { access_token } = tokens
      if (/access|logout/.test(purpose) && access_token && !headers.has('authorization')) {
        headers.set('authorization', `Bearer ${access_token}`)
      }
      return {}
    },
    refreshKey: () => tokens.refresh_token,
    bodyFor(kind) {
      const { refresh_token } = tokens
      return kind.startsWith('login') ? ofDevice() : { refresh_token }
    },
    adopt,
    notice: adopt,
    async accept(body, presented) {
      const before = version
      const found = presented && (await stored())
      if (version !== before) return
      if (found && isStored && found.refresh_token !== presented) tokens = found
      // Only these: answers have other members, such as recovery codes.
      else await keep(pick({ ...tokens, ...body }, tokenNames))
    },
    forget,
    async leave({ sid }) {
      const before = version
      const found = (await stored()) ?? tokens
      if (version !== before) return
      if (found.access_token && claimsOf(found).sid !== sid) tokens = found
      else await forget()
    },
    hasSession: () => Boolean(tokens.access_token ?? tokens.refresh_token),
    claims: () => claimsOf(tokens),
  }
}

/** A storage may contain anything, so values that cannot be tokens are dropped. */
function onlyTokens(name: string, value: unknown): unknown {
  return name && !/^"[\w.-]+"$/.test(JSON.stringify(value)) ? undefined : value
}

function claimsOf({ access_token = '' }: Tokens): SessionClaims {
  try {
    const [, payload = ''] = access_token.split('.')
    return Object(JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))))
  } catch {
    return {}
  }
}
