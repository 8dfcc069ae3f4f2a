/** When a mail is sent again after an attempt that failed, in seconds; from then on every hour. */
const waits: readonly number[] = [5, 30, 2 * 60, 10 * 60, 30 * 60]
const everySeconds = 60 * 60
/** When it is given up: links in it are no longer valid. */
const givenUpAfterSeconds = 24 * 60 * 60
/** A server that rejects what the mail says may have been misconfigured for a moment. */
const rejectedContentAttempts = 3
const maxErrorLength = 200

/** Of nodemailer, or of an application's own `sendMail`. */
interface SendingFault {
  readonly message?: unknown
  readonly responseCode?: unknown
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
  const { responseCode, command, permanent } = (fault ?? {}) as SendingFault
  if (permanent === true) return true
  // RFC 5321 section 4.2.1: 5yz is a permanent refusal. At the greeting or the login it is of us, and can be fixed.
  if (typeof responseCode !== 'number' || Math.floor(responseCode / 100) !== 5) return false
  if (command === 'RCPT TO') return true
  return command === 'DATA' && attempts >= rejectedContentAttempts
}

/**
 * What went wrong in words: the last answer of the server, shortened, without addresses, links and secrets. Servers repeat
 * what they were sent.
 */
export function errorText(fault: unknown, secrets: readonly string[]): string {
  const { message = fault } = (fault ?? {}) as SendingFault
  let text = String(message)
  // A server that answers with megabytes is not searched for them.
  text = text.slice(0, 10 * maxErrorLength)
  for (const secret of secrets.toSorted((one, other) => other.length - one.length))
    if (secret.length >= 4) text = text.replaceAll(secret, '…')
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\b[a-z][a-z+.-]*:\/\/\S+/gi, '…')
    .replace(/[^\s<>"']+@[^\s<>"']+/g, '…')
    .replace(/[\w-]{32,}/g, '…')
    .slice(0, maxErrorLength)
    .trim()
}
