import { isExact, maxDepth } from './strict-json.ts'

/**
 * Whether a value is an object that JSON keeps: a plain one, or one of a class with members of its own. A list, a Map,
 * a promise or a date is not: spread or serialized, it would be empty or something else.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The third condition recognises plain objects of another realm, such as a test runner or a sandbox.
  if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) return true
  return Object.prototype.toString.call(value) === '[object Object]' && Object.keys(value).length > 0
}

/** One value or several, as a list. */
export function listOf<Value>(value: Value | readonly Value[]): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value]
}

/** Whether a value is a list of strings that fit. */
export function isTexts(value: unknown, fits?: (text: string) => boolean): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && (!fits || fits(item)))
}

type Present<Values, Name extends keyof Values> = { [Member in Name]?: Exclude<Values[Member], undefined> }

/** The named members of an object, without those that are `undefined`. */
export function pick<Values extends object, Name extends keyof Values>(
  values: Values,
  names: readonly Name[],
): Present<Values, Name> {
  return Object.fromEntries(
    names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  ) as Present<Values, Name>
}

/**
 * Finds the first value that `JSON.stringify` would silently drop or change. @returns Its path and what it is, such as
 * `.roles is [object Map]`. A member that is `undefined` counts as absent, so nothing is lost; in a list, it would
 * become `null`.
 * @param depth Nesting depth of the value: 1 for the outermost.
 */
export function lossIn(value: unknown, depth = 1): string | undefined {
  // Nearly all claims are of these types. They come first, because every new token passes through here.
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined
  const json = hasToJson(value) ? value.toJSON() : value
  if (typeof json === 'string' || typeof json === 'boolean') return undefined
  if (typeof json === 'number') return isExact(json) ? undefined : ` is ${json}`
  const isList = Array.isArray(json)
  if (!isList && !isRecord(json)) return ` is ${Object.prototype.toString.call(json)}`
  if (depth > maxDepth) return ' is nested too deeply'
  const members = json as Readonly<Record<PropertyKey, unknown>>
  for (const name of isList ? json.keys() : Object.keys(json)) {
    const member = members[name]
    const loss = member === undefined && !isList ? undefined : lossIn(member, depth + 1)
    if (loss !== undefined) return `.${name}${loss}`
  }
  return undefined
}

/** `JSON.stringify` calls `toJSON` of every object, and of functions too. */
function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown } | undefined)?.toJSON === 'function'
}
