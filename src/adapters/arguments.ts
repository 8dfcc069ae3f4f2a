import { type ConfigurationError, optionInvalid } from '../errors.ts'
import { isLate } from '../token/late.ts'

/**
 * Rejects what is not a manager when the program starts, and not only at the first request. The usual mistake is a
 * `createAuth` that is not awaited: its `jwt` is `undefined`.
 * @param caller The function that it was passed to.
 * @throws {ConfigurationError} `option_invalid`
 */
export function requireManager(caller: string, jwt: unknown): void {
  const { settings, callbacks, handlerAt } = Object(jwt)
  if (settings && callbacks) return
  const hint = handlerAt ? 'the result of createAuth: pass its jwt' : undefinedHint(jwt)
  throw refused(caller, 'a JwtManager', jwt, hint)
}

/** Rejects what is not the result of `createAuth`. @throws {ConfigurationError} `option_invalid` */
export function requireAuth(caller: string, auth: unknown): void {
  if (!Object(auth).handlerAt) throw refused(caller, 'the result of createAuth', auth, undefinedHint(auth))
}

/**
 * Rejects a request or response of something else than the framework, or arguments in the wrong order.
 * @param owner What has the method: the value, or its headers.
 * @throws {ConfigurationError} `option_invalid`
 */
export function requireMethod(
  caller: string,
  what: string,
  value: unknown,
  method: string,
  owner: unknown = value,
): void {
  if (typeof Object(owner)[method] !== 'function') throw refused(caller, what, value)
}

function undefinedHint(value: unknown): string | undefined {
  return value === undefined ? 'undefined: was createAuth awaited?' : undefined
}

/** Says what was passed instead, and never the value itself, which may be a secret. */
function refused(caller: string, what: string, value: unknown, hint?: string): ConfigurationError {
  const found = isLate(value) ? 'a promise: await it' : value === null ? 'null' : `of type ${typeof value}`
  return optionInvalid(`${caller} requires ${what}, not ${hint ?? found}`)
}
