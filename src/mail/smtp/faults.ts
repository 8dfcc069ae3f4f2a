/** When a mail is sent again after an attempt that failed, in seconds; from then on every hour. */
const waits: readonly number[] = [5, 30, 2 * 60, 10 * 60, 30 * 60]
const everySeconds = 60 * 60
/** When it is given up: links in it are no longer valid. */
const givenUpAfterSeconds = 24 * 60 * 60
/** A server that rejects a mail for its policy may have been misconfigured, or we: that can be fixed within minutes. */
const policyAttempts = 5
const maxErrorLength = 200

/** Of nodemailer, or of an application's own `sendMail`. */
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
  /** `null`: it is given up. */
  readonly nextAt: Date | null
  readonly error: string
}

/** A fault that another attempt cannot fix. */
export class PermanentFault extends Error {
  readonly permanent = true
}

/**
 * Decides what becomes of a mail that could not be sent. A recipient that the server rejects for good is given up at once; a
 * server that is down, busy, or rejects us rather than the recipient is asked again, for a day.
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
  // nodemailer calls every 5yz permanent.
  if (responseCode === undefined) return permanent === true
  if (typeof responseCode !== 'number' || Math.floor(responseCode / 100) !== 5) return false
  // RFC 5321 section 4.2.2: 550 to 556 are about the mailbox, unless RFC 3463 section 3.8 says that a policy is the reason.
  const isOfMailbox = responseCode >= 550 && responseCode <= 556 && responseCode !== 554
  const isPolicy = /^5\d\d[ -]5\.7\./.test(String(response))
  if (command === 'RCPT TO' && isOfMailbox && !isPolicy) return true
  // Before the recipient it is about us, and an operator can fix it: a login, a sender, a certificate.
  const isOfMail = command === 'DATA' || (command === 'RCPT TO' && (isOfMailbox || responseCode === 554))
  return isOfMail && attempts >= policyAttempts
}

/**
 * What went wrong in words: the last answer of the server, shortened, without addresses, links and secrets.
 * @param secrets What it must not repeat, besides what looks like a secret.
 */
export function errorText(fault: unknown, secrets: readonly string[]): string {
  const { message = fault, code, responseCode } = (fault ?? {}) as SendingFault
  // A server that answers with megabytes is not searched for them.
  let text = String(message).slice(0, 10 * maxErrorLength)
  for (const secret of secrets.toSorted((one, other) => other.length - one.length))
    if (secret.length >= 4) text = text.replaceAll(secret, '…')
  // What the system says of a connection has nothing of the mail in it.
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

/** Servers repeat what they were sent, in whatever encoding and in parts. A word of a language or a status code is neither a token nor a code of ours. */
function isHarmless(word: string): boolean {
  return /^[("'[]*(?:[A-Z]?[a-z]{1,20}(?:['-][a-z]{1,20})?|[A-Z]{1,12}|[245]\d\d|[245]\.\d{1,3}\.\d{1,3}|-|…)[.,:;!?)"'\]]*$/.test(
    word,
  )
}
