import { inspect } from 'node:util'

/** Emits a process warning, whatever was thrown. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error || typeof error === 'string' ? error : inspect(error))
}

/**
 * Wraps a listener of the application so that it neither throws nor returns anything: its failure, now or later, becomes a
 * process warning. Its callers have committed a change, have an answer to send, or run for as long as the process.
 */
export function harmless<Values extends readonly unknown[]>(
  listener: (...values: Values) => unknown,
): (...values: Values) => void {
  async function call(...values: Values): Promise<void> {
    try {
      await listener(...values)
    } catch (error) {
      warn(error)
    }
  }
  return (...values) => void call(...values)
}

/** Reports a fault that may recur many times a second, as while a server is down. */
export function atMostEvery(milliseconds: number, report: (error: unknown) => void): (error: unknown) => void {
  let last = Number.NEGATIVE_INFINITY
  return function reportSeldom(error) {
    const now = performance.now()
    if (now - last < milliseconds) return
    last = now
    report(error)
  }
}
