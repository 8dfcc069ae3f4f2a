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
const minus = 0x2d
const dot = 0x2e

/** Why a number is refused. In a payload, this is the fault of one claim: everything else can be read. */
const unfitNumber = 'a number beyond the precision of JSON parsers'

/**
 * Parses one JSON object of a token and deeply freezes it.
 * @throws {TokenError} `token_malformed`; `token_claim_invalid` for a number in the payload that parsing would change
 */
export function parseJsonObject(bytes: Buffer, part: 'header' | 'payload'): Readonly<JsonObject> {
  const refuse = (why: string) => {
    const isClaim = why === unfitNumber && part === 'payload'
    return new TokenError(isClaim ? 'token_claim_invalid' : 'token_malformed', `Invalid ${part} string: ${why}`)
  }
  const value = parseStrictJson(bytes, refuse)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('must be a json object')
  return value as JsonObject
}

/**
 * Parses JSON and deeply freezes the result.
 *
 * Stricter than `JSON.parse` where parsers are known to disagree, because two readers that see different claims in one
 * token make an attack possible (RFC 8725 §2.6, RFC 7493). It rejects invalid UTF-8, a byte order mark, duplicate
 * members, lone surrogates, nesting deeper than 32, and numbers that parsing would change: `9007199254740993` would
 * become `9007199254740992`, which may be another user.
 * @param refuse Creates the error to throw.
 */
export function parseStrictJson(bytes: Buffer, refuse: (why: string) => Error): unknown {
  if (!isUtf8(bytes)) throw refuse('not UTF-8')
  const text = bytes.toString()
  const hasEscapes = text.includes('\\')
  const { depth, colons, hasFraction } = outline(text, hasEscapes)
  if (depth > maxDepth) throw refuse('nested too deeply')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message is dropped, because it quotes the text, and the text is a secret.
    throw refuse('not JSON')
  }
  const members = freezeAndCountMembers(value)
  if (Number.isNaN(members) || (hasFraction && losesFraction(text))) throw refuse(unfitNumber)
  // The text has one colon outside of strings for each member; the parsed value keeps one member of each name.
  if (members !== colons) throw refuse('a duplicate member')
  if (hasEscapes && !isWellFormed(value)) throw refuse('lone surrogate')
  return value
}

/** Counts characters outside of strings. It does not check whether the text is JSON: `JSON.parse` does. */
function outline(text: string, hasEscapes: boolean): Outline {
  let depth = 0
  let deepest = 0
  let colons = 0
  let hasFraction = false
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === quote) {
      i = hasEscapes ? endOfString(text, i) : text.indexOf('"', i + 1)
      if (i < 0) break
    } else if (character === colon) colons++
    else if (character === openBrace || character === openBracket) deepest = Math.max(deepest, ++depth)
    else if (character === closeBrace || character === closeBracket) depth--
    else if (character === dot || character === minus) hasFraction = true
  }
  return { depth: deepest, colons, hasFraction }
}

interface Outline {
  readonly depth: number
  readonly colons: number
  /** Whether there is a dot or a minus outside of strings: a number may have a fraction or a negative exponent. */
  readonly hasFraction: boolean
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === quote) return i
    if (character === backslash) i++
  }
  return -1
}

/**
 * Deeply freezes a value. @returns How many members its objects have; `NaN` if a number is beyond 2^53, so that it is
 * infinite or has lost digits.
 */
function freezeAndCountMembers(value: unknown): number {
  if (typeof value === 'number') return isExact(value) ? 0 : NaN
  if (typeof value !== 'object' || value === null) return 0
  const members = Object.values(value)
  let count = Array.isArray(value) ? 0 : members.length
  for (const member of members) count += freezeAndCountMembers(member)
  Object.freeze(value)
  return count
}

/** Whether a value is a number at most 2^53: above, parsing has lost digits, so it may not be the number that was written. */
export function isExact(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

/** Whether parsing drops the fraction of a number: `7.00000000000000000001` is not 7, and `1e-999` is not 0. */
function losesFraction(text: string): boolean {
  return [...text.matchAll(stringOrNumber)].some(([number, whole, fraction = '', exponent = '0']) => {
    if (whole === undefined || !Number.isInteger(Number(number))) return false
    // Whether the last digit other than 0 is a decimal. A pattern that begins with the zeros would start again at each.
    return (whole + fraction).search(/[1-9]0*$/) >= whole.length + Number(exponent)
  })
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"|(-?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/g

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member))
}
