import { findUserByUsername, noteLogin } from '../store/users.ts'
import { checkPassword } from './check-password.ts'
import { normalUsername } from './names.ts'
import type { Client, Parts, Tokens } from './parts.ts'
import { startSession } from './start-session.ts'

/**
 * Starts a session for whoever knows the password. Its access token is fresh.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function login(
  parts: Parts,
  { username, password }: { readonly username: string; readonly password: string },
  client: Client,
): Promise<Tokens> {
  const account = normalUsername(username)
  const found = await findUserByUsername(parts.database.sql, account ?? '')
  const { user, newHash } = await checkPassword(parts, { account: account ?? username, user: found, password, client })
  const { id, roles, passwordHash } = user
  // Disabled, or given another password, while this one was checked: the change must win.
  return startSession(
    parts,
    { id, roles, note: (trx, now) => noteLogin(trx, { id, checkedHash: passwordHash, newHash, now }) },
    client,
  )
}
