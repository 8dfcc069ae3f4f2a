const maxLength = 128

/** NFKC makes up to 18 characters out of one and one out of several: what is longer than this is not normalised at all. */
const maxRawLength = 1024

/** Whether a password is text that can be one: whole characters, and not so many that handling them is work. */
export function isReadable(password: string): boolean {
  return password.length <= maxRawLength && password.isWellFormed() && lengthOf(password.normalize('NFKC')) <= maxLength
}

/**
 * Why a password cannot be taken, or nothing. Characters are code points of the normalised text. There are no rules of
 * composition: they make passwords worse (NIST SP 800-63B-4 section 3.1.1.2).
 */
export async function passwordFault(
  password: string,
  passwordMinLength: number,
  about: readonly string[],
): Promise<string | undefined> {
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

/** An e-mail address also by what stands before the @. */
function namesOf(name: string): string[] {
  const folded = name.normalize('NFKC').toLowerCase()
  return [folded, folded.split('@')[0] as string]
}

/** A few characters over and over: `aaaaaaaa`, `123123123`, `abcdabcd`. */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1+$/su.test(text)
}

/** Each character the next of the one before, or the last: `12345678`, `hgfedcba`. */
function isSequence(text: string): boolean {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0)
  const [first = 0, second = 0] = points
  const step = second - first
  return (
    Math.abs(step) === 1 && points.every((point, index) => index === 0 || point - (points[index - 1] ?? 0) === step)
  )
}

let common: Promise<ReadonlySet<string>> | undefined

/** 49,000 that were found in leaks most often. Read when the first password is set: a server that only checks needs none. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']))
  return common
}
