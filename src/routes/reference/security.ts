import type { Settings } from '../../guard/options/defaults.ts'
import type { Contract } from '../http/endpoint.ts'

type Json = Record<string, unknown>

/** What says who is asking, by its name in the API document. Which cookies and headers these are, the settings say. */
export function securitySchemes(settings: Settings): Json {
  const cookie = (name: string, description: string) => ({ type: 'apiKey', in: 'cookie', name, description })
  const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description })
  const { accessCookieName, refreshCookieName, accessCsrfHeaderName, refreshCsrfHeaderName } = settings
  const { accessCsrfCookieName, refreshCsrfCookieName } = settings
  return {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token' },
    accessCookie: cookie(accessCookieName, 'The access token, after a login with `cookies`'),
    accessCsrf: header(accessCsrfHeaderName, `What the cookie \`${accessCsrfCookieName}\` says`),
    refreshCookie: cookie(refreshCookieName, 'The refresh token, after a login with `cookies`'),
    refreshCsrf: header(refreshCsrfHeaderName, `What the cookie \`${refreshCsrfCookieName}\` says`),
    client: { type: 'http', scheme: 'basic', description: 'Id and secret of a registered client' },
  }
}

/** The ways in which a request to an endpoint may say who is asking, each enough by itself. None is needed: an empty list. */
export function securityOf({ method, guard, credentials = [], client, body }: Contract): Json[] {
  const withCsrf = (kind: 'access' | 'refresh') => ({
    [`${kind}Cookie`]: [],
    ...(method !== 'get' && { [`${kind}Csrf`]: [] }),
  })
  const ways: Json[] = [
    ...(guard || credentials.includes('access') ? [{ bearer: [] }, withCsrf('access')] : []),
    ...(credentials.includes('refresh') ? [withCsrf('refresh')] : []),
    ...(client ? [{ client: [] }] : []),
  ]
  // The body may hold a token, or say which client this is.
  const isInBody = body !== undefined && (credentials.length > 0 || client === 'optional' || (client && body.isForm))
  return isInBody || guard?.optional ? [...ways, {}] : ways
}
