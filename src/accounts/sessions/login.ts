import type { RequestOrigin } from '../../core/events.ts'
import { findUserByLogin, findUserByUsername, type UserWithHash } from '../../store/users/users.ts'
import { withPassword } from '../passwords/with-password.ts'
import { normalEmail, normalUsername } from '../users/names.ts'
import { completeLogin } from './complete-login.ts'
import type { LoginHow, LoginTokens, SessionParts } from './parts.ts'
import { deviceOf } from './tokens/device-token.ts'

/**
 * Begins a session for a user who knows the password and gives the username or a verified e-mail address. The access
 * token is fresh.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`, `unavailable`; and as `completeLogin`
 */
export async function login(
  parts: SessionParts,
  {
    username,
    password,
    deviceToken,
  }: { readonly username: string; readonly password: string; readonly deviceToken?: string | undefined },
  origin: RequestOrigin,
  how: LoginHow = {},
): Promise<LoginTokens> {
  const { sql } = parts.database
  const name = normalUsername(username)
  const address = normalEmail(username)
  const find = () =>
    address === undefined
      ? findUserByUsername(sql, name ?? '')
      : findUserByLogin(sql, { username: name ?? '', address })
  const device = (user: UserWithHash | undefined) => deviceOf(parts.secrets, user, deviceToken)
  const accountOf = (user: UserWithHash) => normalUsername(user.username) ?? user.username
  const attempt = { account: address ?? name ?? username, accountOf, find, password, origin, device }
  return withPassword(parts, attempt, async ({ user, newHash }) => {
    const checked = { user, newHash }
    const isKnownDevice = device(user) !== null
    const proven = { id: user.id, checked, proof: { amr: ['pwd'] }, isKnownDevice }
    const tokens = await completeLogin(parts, proven, origin, how)
    if (tokens === undefined) return undefined
    const isKept = deviceToken !== undefined && isKnownDevice && newHash === user.passwordHash
    return isKept ? { ...tokens, deviceToken } : tokens
  })
}
