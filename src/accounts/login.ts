import { findUserByUsername, noteLogin } from '../store/users.ts'
import { normalUsername } from './names.ts'
import type { Client, Parts, Tokens } from './parts.ts'
import { type Newcomer, startSession } from './start-session.ts'
import { withPassword } from './with-password.ts'

/**
 * Starts a session for a user who knows the password. Its access token is fresh.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`, `unavailable`
 */
export async function login(
  parts: Parts,
  { username, password }: { readonly username: string; readonly password: string },
  client: Client,
): Promise<Tokens> {
  const account = normalUsername(username)
  const find = () => findUserByUsername(parts.database.sql, account ?? '')
  return withPassword(parts, { account: account ?? username, find, password, client }, ({ user, newHash }) => {
    const checked = { hash: user.passwordHash, newHash }
    // Disabled, or given another password, while this one was checked: the change must win.
    const note: Newcomer['note'] = (trx, now) => noteLogin(trx, { id: user.id, checked, now })
    return startSession(parts, { id: user.id, note }, client)
  })
}
