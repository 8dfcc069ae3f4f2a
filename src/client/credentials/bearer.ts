import type { TokensBody } from '../../routes/types.ts'
import type { SessionClaims } from '../surroundings.ts'
import { type Credentials, deviceTokenNames, pick, tokenNames } from './credentials.ts'
import type { TokenStorage } from './storage.ts'

/** Those of the device outlive the session: the next login on this device sends them. */
type Tokens = Partial<TokensBody> & { readonly trusted_device_token?: string | undefined }

/**
 * The client has the tokens itself: in memory, and in a storage. Storages fail, in private windows and when they are full:
 * the memory then counts.
 */
export function makeBearer(storage: TokenStorage, isShared: boolean, key: string): Credentials {
  let tokens: Tokens = {}
  /** Whether the storage has what the memory has. If it could not be written, what it has is older, and is not read. */
  let isStored: boolean | undefined
  /** What is read from the storage meanwhile must not replace what is newer. */
  let version = 0
  let writing: Promise<void> = Promise.resolve()

  /** One after the other: a token that is written slowly must not come back after it was removed. */
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

  /** What is stored, which is nothing after a logout; `undefined` where that cannot be known. */
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

  /** Keeps what lasts longer than the session. */
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

/** A storage may have anything in it: what is not a text of the characters of a token is left out. */
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
