import { findUserByUsername, noteLogin, type UserWithHash } from '../store/users.ts'
import { deviceOf, makeDeviceToken } from './devices.ts'
import { normalUsername } from './names.ts'
import type { Client, Keeping, LoginTokens, Parts } from './parts.ts'
import { type Newcomer, startSession } from './start-session.ts'
import { withPassword } from './with-password.ts'

/**
 * Starts a session for a user who knows the password. Its access token is fresh.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`, `unavailable`
 */
export async function login(
  parts: Parts,
  {
    username,
    password,
    deviceToken,
  }: { readonly username: string; readonly password: string; readonly deviceToken?: string | undefined },
  client: Client,
  how: Keeping = {},
): Promise<LoginTokens> {
  const account = normalUsername(username)
  const find = () => findUserByUsername(parts.database.sql, account ?? '')
  const device = (user: UserWithHash | undefined) => deviceOf(parts.secrets, user, deviceToken)
  const attempt = { account: account ?? username, find, password, client, device }
  return withPassword(parts, attempt, async ({ user, newHash }) => {
    const { id, passwordHash } = user
    const checked = { hash: passwordHash, newHash }
    // Disabled, or given another password, while this one was checked: the change must win.
    const note: Newcomer['note'] = (trx, now) => noteLogin(trx, { id, checked, now })
    const tokens = await startSession(parts, { id, note }, client, how)
    if (tokens === undefined) return undefined
    const isKept = deviceToken !== undefined && device(user) !== null && newHash === passwordHash
    return {
      ...tokens,
      deviceToken: isKept ? deviceToken : makeDeviceToken(parts.secrets, { id, passwordHash: newHash }),
    }
  })
}
