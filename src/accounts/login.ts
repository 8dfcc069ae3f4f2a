import { findUserByUsername, noteLogin } from '../store/users.ts'
import { checkPassword } from './check-password.ts'
import { deviceOf, makeDeviceToken } from './devices.ts'
import { normalUsername } from './names.ts'
import type { Client, LoginTokens, Parts } from './parts.ts'
import { startSession } from './start-session.ts'

/**
 * Starts a session for whoever knows the password. Its access token is fresh.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function login(
  parts: Parts,
  {
    username,
    password,
    deviceToken,
  }: { readonly username: string; readonly password: string; readonly deviceToken?: string | undefined },
  client: Client,
): Promise<LoginTokens> {
  const account = normalUsername(username)
  const found = await findUserByUsername(parts.database.sql, account ?? '')
  const device = deviceOf(parts.secrets, found, deviceToken)
  const { user, newHash } = await checkPassword(parts, {
    account: account ?? username,
    user: found,
    password,
    client,
    device,
  })
  const { id, roles, passwordHash } = user
  // Disabled, or given another password, while this one was checked: the change must win.
  const tokens = await startSession(
    parts,
    { id, roles, note: (trx, now) => noteLogin(trx, { id, checkedHash: passwordHash, newHash, now }) },
    client,
  )
  const keepsToken = device !== null && deviceToken !== undefined && newHash === passwordHash
  return {
    ...tokens,
    deviceToken: keepsToken ? deviceToken : makeDeviceToken(parts.secrets, { id, passwordHash: newHash }),
  }
}
