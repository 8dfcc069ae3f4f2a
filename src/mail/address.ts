import { domainToASCII } from 'node:url'

/** The characters of an atom (RFC 5322 section 3.2.3), and atoms with single dots between them. */
const dotString = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
/** Libraries decode such a word, although none is allowed in an address (RFC 2047 section 5). */
const encodedWord = /=\?.*\?=/
/** Letters, digits and hyphens (RFC 1123 section 2.1). A numeric top-level domain would make it an IP address. */
const hostName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Characters that a domain cannot contain, checked before conversion: controls, and those that separate addresses. */
const foreignToDomains = /[\p{C}\p{Z}\s@"(),:;<>[\\\]%/?#]|^\.|\.$/u

const maxLength = 254
const maxLocalLength = 64

/**
 * Reads an address as exactly one mailbox (RFC 5321 section 4.1.2): a dot-string, `@` and a domain name, which is
 * converted to ASCII. Quoted strings, encoded words, comments, lists, display names and address literals are rejected:
 * mail libraries disagree about them, and a library that reads two addresses mails a stranger. The local part is ASCII,
 * because without SMTPUTF8 no other can be transferred (RFC 6531).
 * @returns The mailbox, its domain in lower case; `undefined` if the text is not one.
 */
export function readMailbox(text: string): string | undefined {
  // A text that is too long is not converted. An application may pass what is no text.
  if (typeof text !== 'string' || text.length > maxLength) return undefined
  const at = text.indexOf('@')
  const local = text.slice(0, Math.max(0, at))
  const domain = text.slice(at + 1)
  if (local.length > maxLocalLength || !dotString.test(local) || encodedWord.test(local)) return undefined
  if (foreignToDomains.test(domain)) return undefined
  const ascii = domainToASCII(domain)
  const mailbox = `${local}@${ascii}`
  return hostName.test(ascii) && mailbox.length <= maxLength ? mailbox : undefined
}

/** Enough of an address for its owner to recognise it: `a***@example.com`. */
export function maskMailbox(mailbox: string): string {
  return mailbox.replace(/^(.).*(?=@)/su, '$1***')
}

/** A sender: `hallpass@id.example`, or `Example <hallpass@id.example>`. */
export interface Sender {
  /** Empty if there is none. */
  readonly name: string
  readonly address: string
}

/** @returns `undefined` if the text is not a sender. */
export function readSender(text: string): Sender | undefined {
  const [, name = '', inBrackets] = /^([^<>"\p{C}]{0,100})<([^<>]*)>$/u.exec(text) ?? []
  const address = readMailbox(inBrackets ?? text)
  return address === undefined ? undefined : { name: name.trim(), address }
}
