import { areTexts } from '../../core/text.ts'
import { RequestError } from '../../errors.ts'
import { readMailbox } from '../../mail/address.ts'
import type { Name } from '../../store/users/users.ts'

const maxUsernameLength = 64

/** Scripts with letters that look alike: a name may use letters from only one of them. */
const lookalikeScripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u]

/**
 * A username as typed, and in the form that must be unique: NFKC and case-folded, so that `Alice`, `ALICE` and `ａｌｉｃｅ`
 * are the same name (in the spirit of RFC 8265 section 3.3). 1 to 64 characters; no control or invisible characters;
 * single spaces, and only inside.
 * @throws {RequestError} `invalid_request`
 */
export function readUsername(text: string): Name {
  const fault = usernameFault(text)
  if (fault !== null) throw unfit('username', fault)
  return { shown: text, normal: normalForm(text) }
}

/**
 * An e-mail address: one mailbox that mail can be sent to. Addresses are equal if they differ only in case, or in how
 * an international domain is written: `bücher.example` is `xn--bcher-kva.example`. Nothing else makes them equal: if
 * two mailboxes counted as one, the owner of one could get into the account of the other.
 * @throws {RequestError} `invalid_request`
 */
export function readEmail(text: string): Name {
  const mailbox = readMailbox(text)
  if (mailbox === undefined) throw unfit('email', 'Not an e-mail address')
  return { shown: text, normal: mailbox.toLowerCase() }
}

/** An e-mail address in the form in which it is compared; `undefined` if the text is no address. */
export function normalEmail(text: string): string | undefined {
  return readMailbox(text)?.toLowerCase()
}

/** A username in the form in which it is compared; `undefined` if no account can have it. */
export function normalUsername(text: string): string | undefined {
  return usernameFault(text) === null ? normalForm(text) : undefined
}

function usernameFault(text: string): string | null {
  if (typeof text !== 'string') return 'A username must be a string'
  // NFKC turns one character into up to 18, so text that is too long already is not normalised.
  if (text.length > 4 * maxUsernameLength) return tooLong
  const normal = normalForm(text)
  if (normal === '') return 'A username cannot be empty'
  if ([...normal].length > maxUsernameLength) return tooLong
  if (/\p{C}|\p{Default_Ignorable_Code_Point}/u.test(text + normal))
    return 'A username cannot contain invisible characters'
  if (/^ | $| {2}|[\p{Z}--[ ]]/v.test(normal))
    return 'A username can contain single spaces, but not at its start or end'
  if (lookalikeScripts.filter((script) => script.test(normal)).length > 1) return 'A username cannot mix alphabets'
  return null
}

const tooLong = `A username can have at most ${maxUsernameLength} characters`

/**
 * Lower case of upper case is case folding for all letters but a handful: `ß` becomes `ss`, and both sigmas become one.
 */
function normalForm(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/**
 * The roles of an account: an application may pass a single one, or what a form sent.
 * @throws {RequestError} `invalid_request`
 */
export function readRoles(roles: readonly string[]): readonly string[] {
  if (!areTexts(roles)) throw unfit('roles', 'roles must be a list of strings')
  if (roles.includes('')) throw unfit('roles', 'A role cannot be empty')
  return roles
}

/** The refusal of an account because of one member. */
export function unfit(member: string, msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member, msg }] })
}

/** The audit details for the roles that an account begins with. */
export function rolesGiven(roles: readonly string[] = []): Readonly<Record<string, unknown>> {
  return roles.length === 0 ? {} : { roles }
}
