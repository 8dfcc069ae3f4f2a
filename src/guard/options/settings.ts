import { asText, refuseMistakes } from '../../errors.ts'
import { listOf, pick } from '../../token/json-value.ts'
import { optionProblems, settingProblems, sideOptions } from './check-options.ts'
import { callbackOptions, cookieOptions, defaults, optionDefaults, type Settings } from './defaults.ts'
import type { JwtManagerCallbacks, JwtManagerOptions } from './options.ts'
import { presets } from './presets.ts'

/** Options of any manager, for code that only reads them. */
type AnyOptions = JwtManagerOptions<unknown, never, boolean>

/**
 * Fills in the defaults and checks every option, so that mistakes appear before the first request.
 * @throws {ConfigurationError} `option_invalid`, naming every mistake at once
 */
export function resolveSettings(options: AnyOptions): Settings {
  refuseMistakes(optionProblems(options))
  const { preset: presetName = 'default', issuer, audience } = options
  const preset = presets[presetName]
  const settings = {
    ...defaults,
    ...preset,
    // An issuer that signs with keys of its own may have a different clock.
    leewaySeconds: options.keys?.onlyVerifies || options.verifyingKeyFor ? 5 : 0,
    clock: () => Date.now() / 1000,
    encodeIssuer: issuer,
    decodeIssuer: issuer,
    encodeAudience: audience,
    decodeAudience: audience,
    ...pick(options, [...Object.keys(optionDefaults), 'clock', ...sideOptions] as (keyof AnyOptions)[]),
    tokenLocation: listOf(options.tokenLocation ?? preset.tokenLocation),
  } as Settings
  const { cookieCsrfProtect, alwaysCsrfClaim, tokenLocation } = settings
  const complete: Settings = {
    ...settings,
    ...cookieNames(settings, options),
    writesCsrfClaim: cookieCsrfProtect && (alwaysCsrfClaim || tokenLocation.includes('cookies')),
  }
  refuseMistakes(settingProblems(complete, options))
  return freeze(complete)
}

/** Only the callbacks: options also contain the secret, which a manager must not keep. */
export function pickCallbacks<User, Identity, VerifySub extends boolean>(
  options: JwtManagerOptions<User, Identity, VerifySub>,
): JwtManagerCallbacks<User, Identity, VerifySub> {
  const given = Object.fromEntries(callbackOptions.map((name) => [name, options[name]]))
  return Object.freeze({ ...given, onFault: options.onFault ?? warnOnce() })
}

/** A fault may recur with each request. Reporting it once is enough. */
function warnOnce(): (error: unknown) => void {
  let last: string | undefined
  return function warn(error) {
    const text = `${error}: ${asText((error as Error).cause)}`
    if (text !== last) process.emitWarning(text)
    last = text
  }
}

/** Cookie names with a prefix that browsers enforce, if the attributes allow one. Names from options stay unchanged. */
function cookieNames(settings: Settings, options: AnyOptions): Partial<Settings> {
  const entries = cookieOptions.map(([name, path]) => {
    const isHostOnly = settings.cookieDomain === undefined && settings[path] === '/'
    const prefix = settings.cookieSecure && settings.cookiePrefix ? (isHostOnly ? '__Host-' : '__Secure-') : ''
    return [name, options[name] ?? `${prefix}${settings[name]}`]
  })
  return Object.fromEntries(entries)
}

/** Copies every list, so that nothing changes here when the caller or another manager changes its own. */
function freeze(settings: Settings): Settings {
  const own = Object.entries(settings).map(([name, value]) => [
    name,
    Array.isArray(value) ? Object.freeze([...value]) : value,
  ])
  return Object.freeze(Object.fromEntries(own))
}
