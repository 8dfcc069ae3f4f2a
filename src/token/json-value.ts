import { maxDepth } from './strict-json.ts'

/**
 * Whether a value is an object of members, as JSON has them. A list, a Map, a promise or a date is none: spread or
 * written as JSON it would be empty, or something else.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The second is another realm's: a test runner, a sandbox.
  if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) return true
  return Object.prototype.toString.call(value) === '[object Object]' && Object.keys(value).length > 0
}

/** One, or several. */
export function listOf<Value>(value: Value | readonly Value[]): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value]
}

type Present<Values, Name extends keyof Values> = { [Member in Name]?: Exclude<Values[Member], undefined> }

/** Some members of an object, as far as it has them. */
export function pick<Values extends object, Name extends keyof Values>(
  values: Values,
  names: readonly Name[],
): Present<Values, Name> {
  return Object.fromEntries(
    names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  ) as Present<Values, Name>
}

/**
 * What `JSON.stringify` would leave out or change without a word, as a path and what stands there: `.roles is [object Map]`.
 * A member that is `undefined` is absent, and nothing is lost with it; in a list it would become `null`.
 * @param depth Of the value: 1 for the whole.
 */
export function lossIn(value: unknown, depth = 1): string | undefined {
  // What claims nearly always are, and first of all: every new token comes by here.
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined
  const json = hasToJson(value) ? value.toJSON() : value
  if (typeof json === 'string' || typeof json === 'boolean') return undefined
  if (typeof json === 'number') return Math.abs(json) <= Number.MAX_SAFE_INTEGER ? undefined : ` is ${json}`
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

/** Of functions as well: `JSON.stringify` calls it for every object. */
function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown } | undefined)?.toJSON === 'function'
}
