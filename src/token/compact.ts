import { TokenError } from '../errors.ts'
import { isTexts } from './json-value.ts'
import { type JsonObject, parseJsonObject } from './strict-json.ts'

/** The JOSE header of a token (RFC 7515 §4). */
export interface TokenHeader extends Readonly<JsonObject> {
  readonly alg?: unknown
  readonly kid?: unknown
  readonly typ?: unknown
}

/** A compact serialization (RFC 7515 §7.1), split but not yet verified. */
export interface CompactParts {
  readonly header: TokenHeader
  readonly payload: Buffer
  readonly signature: Buffer
  /** Header and payload as they appear in the token: the signing input. */
  readonly signedPart: string
}

/**
 * The longest token that is read or issued, in characters. It has room for an ML-DSA-87 signature (6,170), and still
 * fits in one header line.
 */
export const maxTokenLength = 8192

/**
 * Splits a compact token. Nothing in it can be trusted yet, because the signature has not been verified.
 * @throws {TokenError} `token_too_large`, `token_malformed`, `token_header_refused`
 */
export function splitCompact(token: string): CompactParts {
  checkSize(token)
  const headerEnd = token.indexOf('.')
  // An extra dot ends up in the payload, and is rejected there: base64url has no dot.
  const payloadEnd = token.lastIndexOf('.')
  if (headerEnd === payloadEnd) throw new TokenError('token_malformed', 'Not enough segments')
  return {
    header: readHeader(token.slice(0, headerEnd)),
    payload: decodePart(token.slice(headerEnd + 1, payloadEnd), 'payload'),
    signature: decodePart(token.slice(payloadEnd + 1), 'crypto'),
    signedPart: token.slice(0, payloadEnd),
  }
}

/**
 * Rejects anything that is not a string, or too long. This comes first: even a cache look-up reads the whole text.
 * @throws {TokenError} `token_too_large`, `token_malformed`
 */
export function checkSize(token: unknown): void {
  if (typeof token !== 'string') throw new TokenError('token_malformed', 'Invalid token type. Token must be a string')
  if (token.length > maxTokenLength) {
    throw new TokenError('token_too_large', `Token is longer than ${maxTokenLength} characters`)
  }
}

/** Encodes bytes, or text as UTF-8, as unpadded base64url (RFC 7515 §2). */
export function encodePart(part: Uint8Array | string): string {
  return Buffer.from(part as string).toString('base64url')
}

/**
 * Decodes canonical base64url; `undefined` for any other text. Text that differs from its own re-encoding has padding,
 * a foreign character, or an unused bit that is set. If it were accepted, many texts would represent one token, and a
 * token that was revoked by its text would be valid again in another spelling.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function decodePart(text: string, part: 'header' | 'payload' | 'crypto'): Buffer {
  const bytes = decodeBase64url(text)
  if (bytes === undefined) throw new TokenError('token_malformed', `Invalid ${part} padding`)
  return bytes
}

/**
 * Parsed headers. An issuer's tokens share a handful of headers, so each is parsed once. The number and size of entries
 * are limited, because anyone can send new headers.
 */
const knownHeaders = new Map<string, TokenHeader>()

function readHeader(encoded: string): TokenHeader {
  const known = knownHeaders.get(encoded)
  if (known !== undefined) return known
  const header: TokenHeader = parseJsonObject(decodePart(encoded, 'header'), 'header')
  checkHeader(header)
  const maxKnownHeaders = 256
  const maxKnownHeaderLength = 512
  if (encoded.length <= maxKnownHeaderLength) {
    if (knownHeaders.size >= maxKnownHeaders) knownHeaders.clear()
    knownHeaders.set(encoded, header)
  }
  return header
}

/** Rejects members that change the meaning of the token (RFC 7515 §4.1.11, RFC 7797 §3). Others have no effect. */
function checkHeader(header: TokenHeader): void {
  if (header.kid !== undefined && typeof header.kid !== 'string') {
    throw new TokenError('token_key_unknown', 'Key ID header parameter must be a string')
  }
  if (header.b64 !== undefined) throw refused('Unencoded payloads are not supported')
  if (header.zip !== undefined) throw refused('Compressed payloads are not supported')
  if (header.crit === undefined) return
  const { crit } = header
  if (!Array.isArray(crit) || crit.length === 0) throw refused("Invalid 'crit' header: must be a non-empty list")
  if (!isTexts(crit)) throw refused("Invalid 'crit' header: values must be strings")
  throw refused(`Unsupported critical extension: ${printable(crit[0] as string)}`)
}

/** Makes text from a client short and harmless enough for a message or a log line. */
function printable(text: string): string {
  return text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')
}

function refused(message: string): TokenError {
  return new TokenError('token_header_refused', message)
}
