import {
  cookies,
  json,
  type LookStep,
  looks,
  post,
  type Recipe,
  type RequestDetails,
  type RequestRecipe,
  type Text,
} from '../recipe.ts'

/** The two cookies of each token: what holds it, and what scripts read. */
export const accessNames: readonly [string, string] = ['access_token_cookie', 'csrf_access_token']
export const refreshNames: readonly [string, string] = ['refresh_token_cookie', 'csrf_refresh_token']
export const allNames: readonly string[] = [...accessNames, ...refreshNames]

export const login: RequestRecipe = post('/cookie/login', json('{}'))

export function logout(options: object): RequestRecipe {
  return post('/cookie/logout', json(JSON.stringify(options)))
}

type Headers = Readonly<Record<string, Text>>

export function withAccess(token: Recipe | string, headers: Headers = {}): RequestDetails {
  return cookies({ access_token_cookie: token }, headers)
}

export function withRefresh(token: Recipe | string, headers: Headers = {}): RequestDetails {
  return cookies({ refresh_token_cookie: token }, headers)
}

/** The header that carries a CSRF value. */
export function submit(value: Text): Headers {
  return { 'X-CSRF-TOKEN': value }
}

export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly attributes: Readonly<Record<string, string | true>>
}

/** Looks at the cookies that an answer sets, in order. */
export function sets(
  request: RequestRecipe,
  pick: (cookie: SetCookie) => unknown,
  gives: readonly unknown[],
): LookStep {
  return looks(async (tester) => (await tester.answer(request)).cookies.map((line) => pick(parse(line))), gives)
}

function parse(line: string): SetCookie {
  const [[name = '', value = ''] = [], ...attributes] = line.split('; ').map((part) => part.split('='))
  return { name, value, attributes: Object.fromEntries(attributes.map(([key, text]) => [key, text ?? true])) }
}

/** Scripts read the cookies of CSRF, and no others. */
export function withHttpOnly(names: readonly string[], common: object): readonly [name: string, attributes: object][] {
  return names.map((name) => [name, name.startsWith('csrf') ? common : { ...common, HttpOnly: true }])
}
