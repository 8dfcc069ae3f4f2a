const maxLength = 128

/** NFKC turns one character into up to 18, and several into one. Text longer than this is not normalised at all. */
const maxRawLength = 1024

/** Whether a text can be a password: whole characters, and few enough to handle. */
export function isReadable(password: string): boolean {
  return password.length <= maxRawLength && password.isWellFormed() && lengthOf(password.normalize('NFKC')) <= maxLength
}

/**
 * Why a password is rejected, or `undefined`. Characters are code points of the normalised text. There are no
 * composition rules, because they make passwords worse (NIST SP 800-63B-4 section 3.1.1.2).
 */
export async function passwordFault(
  password: string,
  passwordMinLength: number,
  about: readonly string[],
): Promise<string | undefined> {
  if (typeof password !== 'string') return 'A password must be a string'
  if (password.length > maxRawLength) return `A password can have at most ${maxLength} characters`
  if (!password.isWellFormed()) return 'A password cannot contain incomplete characters'
  const normal = password.normalize('NFKC')
  if (lengthOf(normal) > maxLength) return `A password can have at most ${maxLength} characters`
  if (lengthOf(normal) < passwordMinLength) return `A password must have at least ${passwordMinLength} characters`
  const folded = normal.toLowerCase()
  if (about.some((name) => namesOf(name).includes(folded))) return 'The password cannot be the name of the account'
  if (isRepetition(folded) || isSequence(folded) || (await commonPasswords()).has(folded))
    return 'This password is too common'
  return undefined
}

function lengthOf(text: string): number {
  return [...text].length
}

/** For an e-mail address also the part before the @. */
function namesOf(name: string): string[] {
  const folded = name.normalize('NFKC').toLowerCase()
  return [folded, folded.split('@')[0] as string]
}

/** A few characters repeated: `aaaaaaaa`, `123123123`, `abcdabcd`. */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1+$/su.test(text)
}

/** Each character follows the one before, or precedes it: `12345678`, `hgfedcba`. */
function isSequence(text: string): boolean {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0)
  const [first = 0, second = 0] = points
  const step = second - first
  return (
    Math.abs(step) === 1 && points.every((point, index) => index === 0 || point - (points[index - 1] ?? 0) === step)
  )
}

let common: Promise<ReadonlySet<string>> | undefined

/**
 * The 49,000 passwords most often found in leaks. They are read when the first password is set, because a server that
 * only checks passwords needs none.
 */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']))
  return common
}
