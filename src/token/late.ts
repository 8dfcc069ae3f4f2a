/** Whether a synchronous callback returned a promise. Its rejection is caught: unhandled, it would end the process. */
export function isLate(value: unknown): boolean {
  const late = isThenable(value)
  if (late) Promise.resolve(value).catch(() => {})
  return late
}

/** Some database libraries return promises that are not a `Promise`. */
export function isThenable<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
