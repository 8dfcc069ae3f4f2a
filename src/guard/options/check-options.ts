import { leewayRange } from '../../token/claims.ts'
import { isTexts, listOf } from '../../token/json-value.ts'
import { requireObject } from '../../token/require-object.ts'
import { attributeProblems, sharedAttributes } from '../cookies/cookies.ts'
import { originFault } from '../cookies/origins.ts'
import { tokenLocations } from '../request/token-location.ts'
import { alwaysWritten, writtenOnDemand } from '../tokens/create-token.ts'
import { callbackOptions, cookieOptions, optionDefaults, type Settings } from './defaults.ts'
import type { JwtManagerOptions } from './options.ts'
import { presets } from './presets.ts'

/** The options that set the issuer or the audience for one direction only. */
export const sideOptions = ['encodeIssuer', 'decodeIssuer', 'encodeAudience', 'decodeAudience'] as const

const hundredYears = 100 * 366 * 24 * 60 * 60

/** What a value must be, and the test for it. */
export type Kind = readonly [need: string, holds: (value: unknown) => boolean]

/** The kind of each option, by its name. */
export type Kinds = Readonly<Record<string, Kind | undefined>>

export const aFlag: Kind = ['true or false', (value) => typeof value === 'boolean']
const aText: Kind = ['a string', (value) => typeof value === 'string']
const aName: Kind = ['a non-empty string', isName]
export const aNameOrNames: Kind = ['a non-empty string or a list of them', (value) => areTexts(listOf(value), isName)]
const aFunction: Kind = ['a function', (value) => typeof value === 'function']
const aHeaderName: Kind = ['a header name', isHttpToken]
export const seconds: Kind = ['a whole number of seconds, 1 or more', isPositiveInteger]
const secondsOrNever: Kind = [
  'a whole number of seconds from 1 to a hundred years, or false',
  (value) => value === false || (isPositiveInteger(value) && (value as number) <= hundredYears),
]

export const someLocations: Kind = [
  `one or more of ${tokenLocations.join(', ')}`,
  (value) => areTexts(listOf(value), (text) => (tokenLocations as readonly string[]).includes(text)),
]

const kindsOfDefaults: Readonly<Record<string, Kind>> = { string: aText, boolean: aFlag }

/** Every option, and its kind if the type of its default is not enough. Keys are checked when they are imported. */
const kinds: Kinds = {
  ...Object.fromEntries(Object.entries(optionDefaults).map(([name, value]) => [name, kindsOfDefaults[typeof value]])),
  secret: undefined,
  keys: undefined,
  algorithm: undefined,
  decodeAlgorithms: undefined,
  accessTokenSeconds: secondsOrNever,
  refreshTokenSeconds: secondsOrNever,
  renewCookiesWithinSeconds: seconds,
  maxTokenAgeSeconds: seconds,
  requiredClaims: ['a list of claim names', (value) => isTexts(value, isName)],
  persistentCookieSeconds: seconds,
  revocationTimeoutSeconds: [
    'a whole number of seconds from 1 to 600',
    (value) => isPositiveInteger(value) && (value as number) <= 600,
  ],
  identityClaim: ['a claim that hallpass does not write', (value) => isName(value) && !isWrittenClaim(value as string)],
  errorMessageKey: ["a non-empty string other than 'code'", (value) => isName(value) && value !== 'code'],
  clock: aFunction,
  revocations: [
    'an object with url, clientId and clientSecret',
    (value) => ['clientId', 'clientSecret'].every((name) => isName(Object(value)[name])),
  ],
  headerName: aHeaderName,
  accessCsrfHeaderName: aHeaderName,
  refreshCsrfHeaderName: aHeaderName,
  headerType: ['one word, or empty', (value) => value === '' || isHttpToken(value)],
  csrfMethods: ['a list of upper-case HTTP methods', (value) => isTexts(value, (method) => /^[A-Z-]+$/.test(method))],
  trustedOrigins: ['a list of origins such as https://app.example', (value) => isTexts(value)],
  tokenLocation: someLocations,
  leewaySeconds: leewayRange,
  preset: [`one of ${Object.keys(presets).join(', ')}`, (value) => Object.hasOwn(presets, value as string)],
  ...Object.fromEntries(callbackOptions.map((name) => [name, aFunction])),
  ...Object.fromEntries(['issuer', 'audience', ...sideOptions].map((name) => [name, aNameOrNames])),
  issuer: aName,
  encodeIssuer: aName,
}

/** What is wrong with each option by itself, in words. */
export function optionProblems(options: object): string[] {
  return [...misfits(options, kinds), ...originProblems((options as { trustedOrigins?: unknown }).trustedOrigins)]
}

/** What is wrong with options of these kinds, in words. */
export function misfits(options: object, kinds: Kinds): string[] {
  return Object.entries(requireObject('options', options)).flatMap(([name, value]) => {
    if (!Object.hasOwn(kinds, name)) return `${name} is not an option`
    const kind = kinds[name]
    return value === undefined || kind === undefined || kind[1](value) ? [] : `${name} must be ${kind[0]}`
  })
}

/** What is wrong with the options taken together. */
export function settingProblems(settings: Settings, options: JwtManagerOptions<unknown, never>): string[] {
  const shared = sharedAttributes(settings)
  const problems = cookieOptions.flatMap(([name, path]) =>
    attributeProblems(settings[name], { ...shared, path: settings[path] }),
  )
  if (settings.renewCookiesWithinSeconds !== undefined && options.renewToken === undefined) {
    problems.push(...renewalProblems(options))
  }
  return [...new Set(problems)]
}

/** Why no cookie could ever be renewed. Without this check, only users would notice. */
function renewalProblems({ signingKeyFor, verifyingKeyFor, keys }: JwtManagerOptions<unknown, never>): string[] {
  // signingKeyFor expects an identity, of which only the text is left in the token.
  const isHopeless = signingKeyFor !== undefined || (verifyingKeyFor === undefined && keys?.onlyVerifies)
  return isHopeless ? ['renewCookiesWithinSeconds requires a single signing key, or renewToken'] : []
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isWrittenClaim(name: string): boolean {
  return alwaysWritten.has(name) || writtenOnDemand.has(name)
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** Whether there is at least one value, and all are strings that fit. */
export function areTexts(values: readonly unknown[], fits: (text: string) => boolean): boolean {
  return values.length > 0 && isTexts(values, fits)
}

function isHttpToken(value: unknown): boolean {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)
}

function originProblems(origins: unknown): string[] {
  if (!isTexts(origins)) return []
  return origins.flatMap((origin) => originFault(origin) ?? []).map((fault) => `trustedOrigins: ${fault}`)
}
