import { uuidv7 } from 'uuidv7'
import { type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { insertUser, type User } from '../../store/users.ts'
import type { PasswordParts } from '../passwords/parts.ts'
import type { Turn } from '../passwords/queue/fair-queue.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import { readEmail, readUsername, rolesGiven } from './names.ts'

/** A requested account. */
export interface Registration {
  readonly username: string
  readonly password: string
  readonly email?: string | undefined
}

/** What accounts are made and changed with. */
export interface UserParts extends ChangeParts, Pick<PasswordParts, 'passwords'> {}

/** What it takes to register. */
export interface RegistrationParts extends UserParts, Pick<PasswordParts, 'limits'> {
  readonly registration: 'open' | 'closed'
}

/**
 * Creates an account for anyone, if registration is open.
 * @throws {RequestError} `registration_closed`, `username_taken`, `email_taken`, `invalid_request`,
 *   `rate_limited`, `overloaded`
 */
export async function register(parts: RegistrationParts, wanted: Registration, origin: RequestOrigin): Promise<User> {
  if (parts.registration === 'closed') throw new RequestError('registration_closed', 'Registration is closed')
  await parts.limits.beginRegistration(origin.address)
  // Names cost nothing: registrations of one address wait as one, whatever they ask for.
  return addUser(parts, wanted, { origin, turn: turnOf(origin, 'registration') })
}

/**
 * Makes an account.
 * @throws {RequestError} `username_taken`, `email_taken`, `invalid_request`, `overloaded`
 */
export async function addUser(
  parts: UserParts,
  { username, password, email, roles = [] }: Registration & { readonly roles?: readonly string[] },
  { origin, turn }: { readonly origin: RequestOrigin; readonly turn: Turn },
): Promise<User> {
  const { passwords, now } = parts
  const names = { username: readUsername(username), email: email === undefined ? null : readEmail(email) }
  await passwords.check(password, 'password', [username, ...(email === undefined ? [] : [email])])
  const passwordHash = await passwords.hash(password, turn)
  return commit(parts, async (trx) => {
    const user = await insertUser(trx, { id: uuidv7(), ...names, passwordHash, roles, disabled: false, now: now() })
    if (typeof user === 'string') throw taken(user)
    const about = { userId: user.id, details: rolesGiven(roles) }
    return { result: user, events: [makeEvent('user_registered', now(), origin, about)] }
  })
}

/** The error for a name that is already in use. */
export function taken(code: 'username_taken' | 'email_taken'): RequestError {
  return new RequestError(
    code,
    code === 'username_taken' ? 'This username is already taken' : 'This e-mail address is already in use',
  )
}
