import { asText } from '../../errors.ts'

/** How long to wait after each failed attempt, in seconds. After these, an attempt is made every hour. */
const waits: readonly number[] = [5, 30, 2 * 60, 10 * 60, 30 * 60]
const everySeconds = 60 * 60
/** When a mail is given up, because its links are no longer valid. */
const givenUpAfterSeconds = 24 * 60 * 60
/**
 * When a server rejects a mail because of a policy, either side may be misconfigured, which can be fixed within
 * minutes.
 */
const policyAttempts = 5
const maxErrorLength = 200

/** An error from nodemailer, or from an application's own `sendMail`. */
interface SendingFault {
  readonly message?: unknown
  readonly code?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
  readonly command?: unknown
  readonly permanent?: unknown
}

/** The state of a mail after a failed attempt. */
export interface AfterFault {
  /** `null` if the mail is given up. */
  readonly nextAt: Date | null
  readonly error: string
}

/** A fault that another attempt cannot fix. */
export class PermanentFault extends Error {
  readonly permanent = true
}

/**
 * Decides what happens to a mail that could not be sent. If the server rejects the recipient permanently, it is given
 * up at once. If the server is down, busy, or rejects us rather than the recipient, it is tried again for a day.
 * @param secrets What the error must not repeat.
 */
export function afterFault(
  fault: unknown,
  { attempts, createdAt, now }: { readonly attempts: number; readonly createdAt: Date; readonly now: Date },
  secrets: readonly string[],
): AfterFault {
  const wait = waits[Math.max(0, attempts - 1)] ?? everySeconds
  const nextAt = new Date(now.getTime() + wait * 1000)
  const isLate = nextAt.getTime() > createdAt.getTime() + givenUpAfterSeconds * 1000
  return {
    nextAt: isLate || isPermanent(fault, attempts) ? null : nextAt,
    error: errorText(fault, secrets),
  }
}

function isPermanent(fault: unknown, attempts: number): boolean {
  const { responseCode, response, command, permanent } = (fault ?? {}) as SendingFault
  // nodemailer marks every 5yz as permanent.
  if (responseCode === undefined) return permanent === true
  if (typeof responseCode !== 'number' || Math.floor(responseCode / 100) !== 5) return false
  // RFC 5321 section 4.2.2: 550 to 556 are about the mailbox, unless RFC 3463 section 3.8 says that a policy is the reason.
  const isOfMailbox = responseCode >= 550 && responseCode <= 556 && responseCode !== 554
  const isPolicy = /^5\d\d[ -]5\.7\./.test(String(response))
  if (command === 'RCPT TO' && isOfMailbox && !isPolicy) return true
  // A rejection before the recipient is about us (a login, a sender, a certificate), and an operator can fix it.
  const isOfMail = command === 'DATA' || (command === 'RCPT TO' && (isOfMailbox || responseCode === 554))
  return isOfMail && attempts >= policyAttempts
}

/**
 * Describes what went wrong: the server's last answer, shortened, without addresses, links and secrets.
 * @param secrets What it must not repeat, in addition to anything that looks like a secret.
 */
export function errorText(fault: unknown, secrets: readonly string[]): string {
  const { message = fault, code, responseCode } = (fault ?? {}) as SendingFault
  // An answer of megabytes is cut before it is searched.
  let text = asText(message).slice(0, 10 * maxErrorLength)
  for (const secret of secrets.toSorted((one, other) => other.length - one.length))
    if (secret.length >= 4) text = text.replaceAll(secret, '…')
  // A system error about a connection contains nothing of the mail.
  const isOfSystem = typeof code === 'string' && responseCode === undefined
  return text
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .split(' ')
    .map((word) => (isHarmless(word) || (isOfSystem && !/[@\w]{20,}|@|:\/\//.test(word)) ? word : '…'))
    .join(' ')
    .replace(/…(?: …)+/g, '…')
    .slice(0, maxErrorLength)
    .trim()
}

/**
 * Servers repeat what they were sent, in any encoding and in parts. A natural word or a status code is neither a token
 * nor one of our codes.
 */
function isHarmless(word: string): boolean {
  return /^[("'[]*(?:[A-Z]?[a-z]{1,20}(?:['-][a-z]{1,20})?|[A-Z]{1,12}|[245]\d\d|[245]\.\d{1,3}\.\d{1,3}|-|…)[.,:;!?)"'\]]*$/.test(
    word,
  )
}
