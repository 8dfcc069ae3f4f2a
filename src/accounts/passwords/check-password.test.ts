import { hash as bcrypt } from '@node-rs/bcrypt'
import { expect, it } from 'vitest'
import { RequestError } from '../../errors.ts'
import type { UserWithHash } from '../../store/users/users.ts'
import { prove } from './check-password.ts'
import { Passwords } from './passwords.ts'
import { operatorsTurn as turn } from './queue/hash-turn.ts'

/** Its queue is full by the time that a new hash is wanted. */
class PasswordsWithoutPlace extends Passwords {
  override hash(): Promise<string> {
    return Promise.reject(new RequestError('overloaded', 'Too many passwords are being hashed'))
  }
}

it('proves the right password of an outdated hash also where no other can be made now: the old one is kept', async () => {
  const passwordHash = await bcrypt('wonderland', 4)
  const at = new Date(0)
  const user: UserWithHash = {
    id: 'a',
    username: 'alice',
    email: null,
    emailVerifiedAt: null,
    secondFactors: 0,
    roles: [],
    disabledAt: null,
    tokensValidAfter: at,
    lastLoginAt: null,
    createdAt: at,
    updatedAt: at,
    passwordHash,
  }
  const how = { user, password: 'wonderland', decoy: undefined, turn }
  expect(await prove(new PasswordsWithoutPlace({}), how)).toEqual({ user, newHash: passwordHash })
  expect((await prove(new Passwords({ memoryKiB: 64, passes: 1 }), how))?.newHash).toMatch(/^\$argon2id\$/)
})
