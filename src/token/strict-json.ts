import { isUtf8 } from 'node:buffer'
import { TokenError } from '../errors.ts'

/** A JSON object (RFC 8259 §4). */
export type JsonObject = Record<string, unknown>

/** Deep enough for any claim; shallow enough that no recursion over it can exhaust the stack. */
export const maxDepth = 32

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Reads one JSON object of a token and freezes it, all the way down.
 * @throws {TokenError} `token_malformed`
 */
export function parseJsonObject(bytes: Buffer, part: 'header' | 'payload'): Readonly<JsonObject> {
  const refuse = (why: string) => new TokenError('token_malformed', `Invalid ${part} string: ${why}`)
  const value = parseStrictJson(bytes, refuse)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('must be a json object')
  return value as JsonObject
}

/**
 * Reads JSON and freezes it, all the way down.
 *
 * Stricter than `JSON.parse` in what parsers are known to disagree about, because two readers that see different
 * claims in one token are an attack (RFC 8725 §2.6, RFC 7493): invalid UTF-8, a byte order mark, duplicate members,
 * lone surrogates and nesting deeper than 32 are refused.
 * @param refuse Makes the error to throw.
 */
export function parseStrictJson(bytes: Buffer, refuse: (why: string) => Error): unknown {
  if (!isUtf8(bytes)) throw refuse('not UTF-8')
  const text = bytes.toString()
  const hasEscapes = text.includes('\\')
  const { depth, colons } = outline(text, hasEscapes)
  if (depth > maxDepth) throw refuse('nested too deeply')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own words quote the text, and the text is a secret: they are dropped.
    throw refuse('not JSON')
  }
  // The text has a colon outside strings for each member it names; the parsed value keeps one of each name.
  if (freezeAndCountMembers(value) !== colons) throw refuse('a member stands twice')
  if (hasEscapes && !isWellFormed(value)) throw refuse('lone surrogate')
  return value
}

/** Counts what stands outside of strings. Says nothing about whether the text is JSON: `JSON.parse` does that. */
function outline(text: string, hasEscapes: boolean): { readonly depth: number; readonly colons: number } {
  let depth = 0
  let deepest = 0
  let colons = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === quote) {
      i = hasEscapes ? endOfString(text, i) : text.indexOf('"', i + 1)
      if (i < 0) break
    } else if (character === colon) colons++
    else if (character === openBrace || character === openBracket) deepest = Math.max(deepest, ++depth)
    else if (character === closeBrace || character === closeBracket) depth--
  }
  return { depth: deepest, colons }
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === quote) return i
    if (character === backslash) i++
  }
  return -1
}

function freezeAndCountMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const members = Object.values(value)
  let count = Array.isArray(value) ? 0 : members.length
  for (const member of members) count += freezeAndCountMembers(member)
  Object.freeze(value)
  return count
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member))
}
