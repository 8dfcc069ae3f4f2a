import type { ConfigurationErrorCode, JwtManagerValues } from '../../src/index.ts'

/** How the app under test is configured: hallpass's own option names. `vocabulary.ts` has Flask-JWT-Extended's. */
export interface AppConfig extends Omit<JwtManagerValues, 'secret' | 'keys' | 'preset' | 'clock'> {
  /** PEM, in place of the secret. */
  readonly keyPair?: { readonly algorithm: string; readonly privateKey: string; readonly publicKey: string }
  readonly callbacks?: CallbackConfig
  /** Adds the route /elsewhere, which looks for its token there. */
  readonly elsewhere?: string
  /** Goes by the machine's clock, as tokens of another program do. Otherwise hallpass is told the time. */
  readonly machineClock?: boolean
}

/** What the app's callbacks answer. One that is not named is not registered, but for the blocklist. */
export interface CallbackConfig {
  readonly isRevoked?: boolean
  readonly verifyClaims?: boolean
  readonly loadUser?: unknown
  readonly claimsFor?: object
  readonly signingSecret?: string
  readonly verifyingSecret?: string
  /** Each refusal is answered in the app's own words. */
  readonly customAnswers?: boolean
}

/** What the app's POST /mint makes. */
export interface MintOptions {
  readonly identity?: string
  readonly fresh?: boolean | { readonly seconds: number }
  readonly expiresInSeconds?: number | false
  readonly additionalClaims?: object
  readonly additionalHeaders?: object
}

/** One run of steps against one app. */
export interface Tester {
  /** Unix seconds, whole. */
  readonly now: number
  /** Writes a text out. A recipe is made once in a run: the token `A` is the same token in each step. */
  text(text: Text): Promise<string>
  /** The answer to a request: the last one, or one fetched for this. */
  answer(request: RequestRecipe): Promise<Answer>
  mint(kind: 'access' | 'refresh', options: MintOptions): Promise<string>
  /** A token made by the other implementation, with the same configuration. */
  foreign(kind: 'access' | 'refresh'): Promise<string>
}

export type Recipe = (tester: Tester) => string | Promise<string>
export type Text = string | Recipe | readonly (string | Recipe)[]

/** A request in which tokens still stand as recipes. */
export interface RequestRecipe {
  readonly method: string
  readonly path: Text
  readonly headers?: readonly (readonly [name: string, value: Text])[]
  readonly body?: { readonly type: string; readonly text: Text }
}

/** A request as it is sent. A header that stands twice is sent twice. */
export interface PlainRequest {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  /** `Set-Cookie` lines. */
  readonly cookies: readonly string[]
  /** Callbacks that this request asked. */
  readonly calls: string
}

/** What an answer must be. What is left out is not looked at. */
export interface Outcome {
  readonly status?: number
  /** The whole body. */
  readonly body?: unknown
  /** A part of the body. */
  readonly includes?: object
  /** How the text of the error starts. */
  readonly msgStart?: string
  readonly calls?: string
  /** The app is not even made. */
  readonly startRefused?: ConfigurationErrorCode
}

/** A step with one expectation for all, and others where Debian's version or hallpass answer differently. */
export interface RequestStep {
  readonly request: RequestRecipe
  readonly outcome: Outcome
  readonly deb?: Outcome
  readonly hallpass?: Outcome
}

/** A look at something made along the way. */
export interface LookStep {
  readonly look: (tester: Tester) => unknown
  readonly gives: unknown
}

export type Step = RequestStep | LookStep

/** Steps that share an app and their tokens. */
export interface Run {
  readonly config: AppConfig
  readonly steps: readonly Step[]
  /** What Debian's version needs besides to show the same. */
  readonly debConfig?: AppConfig
  /** Starts with the second, because its times are exact to one. */
  readonly exact?: boolean
}

/** One numbered behaviour. */
export interface Row {
  readonly number: number
  readonly text: string
  readonly runs: readonly Run[]
  /** Why Debian's version (4.4.4) needs another configuration or answers otherwise than 4.7.4, from which the rows come. */
  readonly deb?: string
  /** How and why hallpass differs on purpose. */
  readonly deviates?: string
}

export function row(number: number, text: string, runs: Run | readonly Run[], notes: Notes = {}): Row {
  return { number, text, runs: 'steps' in runs ? [runs] : runs, ...notes }
}

export type Notes = Pick<Row, 'deb' | 'deviates'>

/** Steps against the app with its defaults. */
export function run(...steps: readonly Step[]): Run {
  return { config: {}, steps }
}

/** Steps against an app that is configured differently. */
export function runWith(config: AppConfig, ...steps: readonly Step[]): Run {
  return { config, steps }
}

/** Steps about CSRF values, which Debian's version only has where cookies are looked into by default. */
export function cookieRun(config: AppConfig, ...steps: readonly Step[]): Run {
  return { config, steps, debConfig: { tokenLocation: ['headers', 'cookies'] } }
}

export const csrfNeedsLocation = "before 4.6.0 there is CSRF protection only if 'cookies' is in JWT_TOKEN_LOCATION"

type Other = Pick<RequestStep, 'deb' | 'hallpass'>

/** The request is refused with a text. */
export function refused(request: RequestRecipe, status: number, msg: string, other: Other = {}): RequestStep {
  return { request, outcome: error(status, msg), ...other }
}

/** The request is let through, and the body holds this. */
export function accepted(request: RequestRecipe, includes: object = {}, other: Other = {}): RequestStep {
  return { request, outcome: { status: 200, includes }, ...other }
}

export function error(status: number, msg: string): Outcome {
  return { status, body: { msg } }
}

export function looks(look: LookStep['look'], gives: unknown): LookStep {
  return { look, gives }
}

/** A request without its first line. */
export type RequestDetails = Omit<RequestRecipe, 'method' | 'path'>

export function get(path: Text, details: RequestDetails = {}): RequestRecipe {
  return { method: 'GET', path, ...details }
}

export function post(path: Text, details: RequestDetails = {}): RequestRecipe {
  return { method: 'POST', path, ...details }
}

export function send(method: string, path: Text, details: RequestDetails = {}): RequestRecipe {
  return { method, path, ...details }
}

/** A request with `Authorization: Bearer` and this token. */
export function bearer(token: Recipe | string): RequestDetails {
  return authorization(['Bearer ', token])
}

export function authorization(...values: readonly Text[]): RequestDetails {
  return { headers: values.map((value) => ['Authorization', value]) }
}

/** A request with these cookies, and headers besides. */
export function cookies(
  pairs: Readonly<Record<string, Text>>,
  headers: Readonly<Record<string, Text>> = {},
): RequestDetails {
  const value = Object.entries(pairs).flatMap(([name, text], index) => [
    `${index === 0 ? '' : '; '}${name}=`,
    ...parts(text),
  ])
  return { headers: [['Cookie', value], ...Object.entries(headers)] }
}

/** A JSON body from its text. */
export function json(text: Text, type = 'application/json'): RequestDetails {
  return { body: { type, text } }
}

export function parts(text: Text): readonly (string | Recipe)[] {
  return typeof text === 'string' || typeof text === 'function' ? [text] : text
}
