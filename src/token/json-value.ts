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

/**
 * What `JSON.stringify` would leave out or change without a word, as a path and what stands there: `.roles is a Map`.
 * A member that is `undefined` is absent, and nothing is lost with it.
 * @param depth Of the value: 1 for the whole.
 */
export function lossIn(value: unknown, depth = 1): string | undefined {
  const json = withToJson(value) ? value.toJSON() : value
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return Math.abs(json) <= Number.MAX_SAFE_INTEGER ? undefined : ` is ${json}`
    case 'object':
      break
    default:
      return ` is ${json === undefined ? 'undefined' : `a ${typeof json}`}`
  }
  if (json === null) return value === null ? undefined : ' turns into null'
  if (depth > maxDepth) return ' is nested too deeply'
  if (Array.isArray(json)) return lossInList(json, depth)
  if (!isRecord(json)) return ` is a ${Object.prototype.toString.call(json).slice('[object '.length, -1)}`
  for (const name of Object.keys(json)) {
    const loss = json[name] === undefined ? undefined : lossIn(json[name], depth + 1)
    if (loss !== undefined) return `.${name}${loss}`
  }
  return undefined
}

/** By index: a hole in a list would become `null` as `undefined` does. */
function lossInList(list: readonly unknown[], depth: number): string | undefined {
  for (let index = 0; index < list.length; index++) {
    const loss = lossIn(list[index], depth + 1)
    if (loss !== undefined) return `.${index}${loss}`
  }
  return undefined
}

function withToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
}
