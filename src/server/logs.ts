import { type Logger, type LoggerOptions, pino } from 'pino'
import { asText } from '../errors.ts'
import type { AuditEvent, AuditEventName } from '../store/audit.ts'

export type { Logger }

/** A log, and how many of its lines were lost because they could not be written. */
export interface Log {
  readonly log: Logger
  lostLines(): number
  /** Writes the lines that wait, for at most a second by default. @returns Whether all are written. */
  finish(milliseconds?: number): Promise<boolean>
}

const retryMilliseconds = 100

/**
 * Logs JSON lines, one for each request and each event. None contains a secret.
 * @param to The file descriptor: standard output by default.
 */
export function makeLog(level: string, to = 1): Log {
  let lost = 0
  let isRetrying = false
  const output = pino.destination({
    dest: to,
    sync: true,
    // Lines that cannot be written wait, up to this many bytes.
    maxLength: 2 ** 20,
    // A retry would block the whole process until the reader of a full pipe continues.
    retryEAGAIN: () => false,
  })
  output.on('drop', (line: string) => {
    if (line !== '') lost++
  })
  // Without a listener, a full disk under standard output would throw into whatever is being logged.
  output.on('error', () => {
    if (isRetrying) return
    isRetrying = true
    setTimeout(() => {
      isRetrying = false
      // Writes what is waiting.
      output.write('')
    }, retryMilliseconds).unref()
  })
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  }
  async function finish(milliseconds = 1000): Promise<boolean> {
    // Until then, an earlier line may still be reported as written.
    await new Promise(setImmediate)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    output.once('drain', () => resolve(true))
    const timer = setTimeout(resolve, milliseconds, false)
    output.write('')
    return promise.finally(() => clearTimeout(timer))
  }
  return { log: pino(options, output), lostLines: () => lost, finish }
}

/** Logs an audit event. */
export function logEvent(log: Logger, audited: AuditEvent): void {
  const { event, userId, sessionId, address, requestId, actor, details } = audited
  const request = { ...(requestId !== null && { request_id: requestId }), ...(actor !== null && { actor }) }
  const line = { event, user_id: userId, session_id: sessionId, address, ...request, ...details }
  log[levels[event] ?? 'info'](line, event.replaceAll('_', ' '))
}

/** A refresh is already logged as a request. */
const levels: Partial<Record<AuditEventName, 'warn' | 'debug'>> = {
  refresh_token_reused: 'warn',
  login_limited: 'warn',
  mail_failed: 'warn',
  session_refreshed: 'debug',
  refresh_refused: 'debug',
}

/**
 * The path in a form that can be logged. Long words are removed, because tokens and keys end up in paths by mistake.
 */
export function loggedPath(path: string): string {
  return path
    .slice(0, 256)
    .replace(/[^/]{40,}/g, '…')
    .replace(/[^\x20-\x7e…]/g, '?')
}

/**
 * Selects what to log of an error. Drivers attach queries and their values to theirs.
 * @param shown The errors that this one is the cause of. An error may be its own cause.
 */
export function describeError(error: unknown, shown: readonly unknown[] = []): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: asText(error) }
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  const isNew = cause !== undefined && cause !== error && !shown.includes(cause)
  return { name, message, code, stack, ...(isNew && { cause: describeError(cause, [...shown, error]) }) }
}
