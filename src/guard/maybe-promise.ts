import { isThenable } from '../token/late.ts'

/** A value that is available now or later. A guard stays synchronous as long as nothing makes it wait. */
export type MaybePromise<Value> = Value | Promise<Value>

/**
 * Calls `next` with a value, synchronously if the value is already available. A later result is a `Promise`, whatever
 * the `then` of the value returns.
 */
export function whenDone<Value, Next>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Next>,
): MaybePromise<Next> {
  return isThenable(value) ? Promise.race([value]).then(next) : next(value)
}

/** Makes an attempt, and calls `rescue` with its error if it fails, now or later. */
export function whenFailed<Value, Other>(
  attempt: () => MaybePromise<Value>,
  rescue: (error: unknown) => MaybePromise<Other>,
): MaybePromise<Value | Other> {
  try {
    const value = attempt()
    return value instanceof Promise ? value.catch(rescue) : value
  } catch (error) {
    return rescue(error)
  }
}

/** A promise that is also rejected after this many seconds; a value that is available at once is returned unchanged. */
export function withDeadline<Value>(value: MaybePromise<Value>, seconds: number): MaybePromise<Value> {
  if (!isThenable(value)) return value
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`No answer within ${seconds} s`)), seconds * 1000)
  return Promise.race([value, promise]).finally(() => clearTimeout(timer))
}
