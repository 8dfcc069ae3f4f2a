/** A browser as people know it. */
export interface Device {
  readonly browser: string
  readonly system: string | undefined
  /** A telephone or a tablet. */
  readonly isMobile: boolean
}

type Names = readonly (readonly [pattern: RegExp, name: string])[]

// The first that fits: Edge and Opera name Chrome as well, and Chrome names Safari.
const browsers: Names = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/(?:\b|Headless)Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: Names = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** What a `User-Agent` header names; `undefined` if it is no browser. */
export function deviceOf(userAgent: string): Device | undefined {
  const nameIn = (names: Names) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [nameIn(browsers), nameIn(systems)]
  return browser === undefined ? undefined : { browser, system, isMobile: system === 'Android' || system === 'iOS' }
}
