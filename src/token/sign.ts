import { ConfigurationError } from '../errors.ts'
import { encodePart, maxTokenLength } from './compact.ts'
import { isTexts, lossIn } from './json-value.ts'
import { Key, keysInvalid } from './keys/key.ts'
import { KeySet } from './keys/key-set.ts'
import { requireObject, requireOptions } from './require-object.ts'
import { isExact, type JsonObject, parseJsonObject } from './strict-json.ts'

/** Header members in addition to `alg` (RFC 7515 §4.1). `kid: undefined` omits the key's `kid`. */
export interface SignHeader extends Readonly<JsonObject> {
  readonly kid?: string | undefined
  readonly typ?: string | undefined
}

/** What a token may contain that RFC 7519 does not allow. */
export interface SignRules {
  /** `false` writes a `sub` that is a whole number, for services that expect one. `true` by default. */
  readonly verifySub?: boolean
}

const ruleNames: ReadonlySet<keyof SignRules> = new Set(['verifySub'])

/**
 * Signs claims as a compact JWT with the newest key (RFC 7519 §7.1). Nothing is added: no time, no `jti`.
 * @param header Merged over `{ alg, typ: 'JWT', kid }`.
 * @throws {ConfigurationError} `claims_invalid`, `header_invalid`, `key_invalid`, `key_missing`, `option_invalid`, `token_too_long`
 * @example signToken({ sub: 'alice', exp: Math.floor(Date.now() / 1000) + 900 }, keys)
 */
export function signToken(
  claims: Readonly<JsonObject>,
  keys: KeySet | Key,
  header: SignHeader = {},
  rules?: SignRules,
): string {
  const payload = serializeClaims(claims, requireOptions(rules, ruleNames))
  return signJws(payload, keys, { typ: 'JWT', ...requireObject('header', header, 'header_invalid') })
}

/**
 * Signs bytes, or a string as UTF-8, as a compact JWS with the newest key (RFC 7515 §5.1).
 * @param header Merged over `{ alg, kid }`.
 * @throws {ConfigurationError} `claims_invalid` for another payload, `header_invalid`, `key_invalid`, `key_missing`, `token_too_long`
 */
export function signJws(payload: Uint8Array | string, keys: KeySet | Key, header: SignHeader = {}): string {
  const key = keys instanceof KeySet ? keys.signing : keys
  if (!(key instanceof Key)) throw keysInvalid()
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw new ConfigurationError('claims_invalid', 'payload must be a string or bytes')
  }
  const signedPart = `${encodeHeader(key, requireObject('header', header, 'header_invalid'))}.${encodePart(payload)}`
  const token = `${signedPart}.${key.sign(signedPart).toString('base64url')}`
  if (token.length > maxTokenLength) {
    throw new ConfigurationError('token_too_long', `Token is longer than ${maxTokenLength} characters`)
  }
  return token
}

/** Members with which recipients could not read the token, or would have to read it differently. */
const refusedMembers = ['crit', 'b64', 'zip']

function encodeHeader(key: Key, header: SignHeader): string {
  if (header.alg !== undefined && header.alg !== key.algorithm) {
    throw new ConfigurationError('header_invalid', `The key signs with ${key.algorithm}: sign with another key instead`)
  }
  for (const name of refusedMembers) {
    if (header[name] !== undefined)
      throw new ConfigurationError('header_invalid', `"${name}" cannot be set in the header`)
  }
  for (const name of ['kid', 'typ']) {
    if (header[name] !== undefined && typeof header[name] !== 'string') {
      throw new ConfigurationError('header_invalid', `"${name}" must be a string`)
    }
  }
  // The algorithm is set again at the end, because `alg: undefined` in the header would remove it.
  const members: JsonObject = { alg: key.algorithm, kid: key.kid, ...header }
  members.alg = key.algorithm
  return encodePart(stringify('header', members))
}

const textClaims = ['iss', 'sub', 'jti']
const timeClaims = ['exp', 'nbf', 'iat']

/** Rejects here what `verifyToken` would reject later, where the cause would be hard to find. */
function serializeClaims(claims: Readonly<JsonObject>, { verifySub = true }: SignRules): string {
  requireObject('claims', claims, 'claims_invalid')
  for (const name of textClaims) {
    const value = claims[name]
    if (name === 'sub' && !verifySub && Number.isSafeInteger(value)) continue
    if (value !== undefined && typeof value !== 'string') throw unfitClaim(name, 'a string')
  }
  for (const name of timeClaims) {
    const value = claims[name]
    if (value !== undefined && !isExact(value)) {
      throw unfitClaim(name, 'a number of seconds')
    }
  }
  const { aud } = claims
  if (aud !== undefined && !isTexts([aud].flat())) {
    throw unfitClaim('aud', 'a string or a list of strings')
  }
  return stringify('claims', claims)
}

function unfitClaim(name: string, need: string): ConfigurationError {
  return new ConfigurationError('claims_invalid', `"${name}" must be ${need}`)
}

/** Rejects what a verifier would reject, and what JSON would drop: roles in a Map would be lost. */
function stringify(what: 'claims' | 'header', value: object): string {
  const code = `${what}_invalid` as const
  try {
    const loss = lossIn(value)
    if (loss !== undefined) throw new ConfigurationError(code, `${what}${loss}, which JSON would lose or change`)
    const text = JSON.stringify(value)
    // JSON.stringify escapes a lone surrogate as \ud…. Other text may look the same, so the parser decides.
    if (!text.startsWith('{') || text.includes('\\ud')) parseJsonObject(Buffer.from(text), 'payload')
    return text
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError(code, 'This cannot be written as a JSON object', { cause })
  }
}
