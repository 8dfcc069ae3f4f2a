import type * as OpenidClient from 'openid-client'
import type { ProviderClaims } from './claims.ts'
import { ProfileInvalidError } from './faults.ts'
import type { Endpoints } from './presets.ts'

/** Reads the user endpoint of a provider without ID tokens. */
export async function readUser(
  client: typeof OpenidClient,
  configuration: OpenidClient.Configuration,
  accessToken: string,
  { user, emails }: Pick<Endpoints, 'user' | 'emails'>,
): Promise<ProviderClaims> {
  const headers = new Headers({ accept: 'application/json', 'user-agent': 'hallpass' })
  async function read(address: string, { unlessRefused = false } = {}): Promise<unknown> {
    const url = new URL(address)
    const response = await client.fetchProtectedResource(configuration, accessToken, url, 'GET', undefined, headers)
    if (unlessRefused && isForbidden(response)) return undefined
    if (!response.ok) throw new ProfileInvalidError(`The provider answered with status ${response.status}`)
    return response.json().catch(() => {
      throw new ProfileInvalidError('The provider did not answer with JSON')
    })
  }
  const claims = await read(user)
  if (typeof claims !== 'object' || claims === null) throw new ProfileInvalidError('The provider names no account')
  if (emails === undefined) return claims as ProviderClaims
  // Users who keep their addresses private can sign in, and so can those of an application that may not read them.
  return { ...(claims as ProviderClaims), emails: await read(emails, { unlessRefused: true }) }
}

/** A client error (RFC 9110 section 15.5), except for a rate limit, for which GitHub may answer the status of a refusal. */
function isForbidden({ status, headers }: Response): boolean {
  const isLimited = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'
  return Math.trunc(status / 100) === 4 && !isLimited
}

/**
 * Adds what the user endpoint states: at many providers, only it has the address. The ID token takes precedence,
 * because it is signed.
 */
export async function completed(
  client: typeof OpenidClient,
  configuration: OpenidClient.Configuration,
  idToken: OpenidClient.IDToken,
  accessToken: string,
): Promise<ProviderClaims> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata()
  if (idToken.email !== undefined || endpoint === undefined) return idToken
  return { ...(await client.fetchUserInfo(configuration, accessToken, idToken.sub)), ...idToken }
}
