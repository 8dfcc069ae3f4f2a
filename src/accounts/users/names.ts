import { RequestError } from '../../errors.ts'
import { readMailbox } from '../../mail/address.ts'
import type { Name } from '../../store/users/users.ts'

const maxUsernameLength = 64

/** Scripts whose letters look like each other's: a name takes its letters from one of them. */
const lookalikeScripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u]

/**
 * A username as it was typed, and as it must be unique: NFKC and case folded, so that `Alice`, `ALICE` and `ａｌｉｃｅ` are
 * one (RFC 8265 section 3.3 in spirit). 1 to 64 characters; no control or invisible ones, blanks only one at a time and
 * inside.
 * @throws {RequestError} `invalid_request`
 */
export function readUsername(text: string): Name {
  const fault = usernameFault(text)
  if (fault !== null) throw unfit('username', fault)
  return { shown: text, normal: normalForm(text) }
}

/**
 * An e-mail address: one mailbox that mail can be sent to. Equal are those that differ in case, or in how an international
 * domain is written: `bücher.example` is `xn--bcher-kva.example`. Nothing else is, because two mailboxes that were taken for
 * one would let the owner of the one into the account of the other.
 * @throws {RequestError} `invalid_request`
 */
export function readEmail(text: string): Name {
  const mailbox = readMailbox(text)
  if (mailbox === undefined) throw unfit('email', 'Not an e-mail address')
  return { shown: text, normal: mailbox.toLowerCase() }
}

/** The address of a login attempt; `undefined` if it is none. */
export function normalEmail(text: string): string | undefined {
  return readMailbox(text)?.toLowerCase()
}

/** The name of a login attempt; `undefined` if no account can have it. */
export function normalUsername(text: string): string | undefined {
  return usernameFault(text) === null ? normalForm(text) : undefined
}

function usernameFault(text: string): string | null {
  // NFKC makes up to 18 characters out of one: what is long already is not normalised.
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

/** Upper case and back is case folding for every letter but a handful: `ß` is `ss`, both sigmas are one. */
function normalForm(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** The refusal of an account because of one of its members. */
export function unfit(member: string, msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member, msg }] })
}

/** What an event says of the roles that an account begins with. */
export function rolesGiven(roles: readonly string[] = []): Readonly<Record<string, unknown>> {
  return roles.length === 0 ? {} : { roles }
}
