import { randomBytes } from 'node:crypto'
import { JwtManager } from 'hallpass'
import { openParts } from '../src/accounts/accounts.ts'
import { authDefaults } from '../src/accounts/options.ts'
import { Decoys } from '../src/accounts/passwords/decoys.ts'
import type { HashingOptions } from '../src/accounts/passwords/options.ts'
import type { SessionParts } from '../src/accounts/sessions/parts.ts'
import { makeRefreshToken } from '../src/accounts/sessions/tokens/refresh-token.ts'
import type { RequestOrigin } from '../src/core/events.ts'
import { makeServerSecret } from '../src/secrets/server-secret.ts'
import type { Database } from '../src/store/engine/database.ts'
import { sessionIdOf } from './fill.ts'

/** Whoever asks in the benchmarks. */
export const client: RequestOrigin = {
  address: '127.0.0.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  requestId: null,
  actor: null,
}

/** What decisions are made with, as `createAuth` puts it together. */
export async function openDecisions(database: string, passwords: Partial<HashingOptions> = {}): Promise<SessionParts> {
  const parts = await openParts({ database, passwords })
  const jwt = new JwtManager({
    secret: randomBytes(32).toString('base64url'),
    isRevoked: (claims, header) => parts.revocations.has(claims, header),
  })
  const secrets = makeServerSecret([randomBytes(32).toString('base64url')])
  const decoys = new Decoys(secrets, parts.passwords.cost)
  return {
    ...parts,
    jwt,
    secrets,
    decoys,
    lifetimes: authDefaults,
    gate: { requireVerifiedEmail: false, mfaRoles: [], trustedDeviceSeconds: 0 },
    outbox: undefined,
    sessionsPerUser: authDefaults.sessionsPerUser,
  }
}

/** Gives refresh tokens to sessions that a database was filled with, by their numbers. */
export async function giveRefreshTokens(database: Database, sessions: readonly number[]): Promise<string[]> {
  return database.transaction(async (trx) => {
    const tokens: string[] = []
    for (const n of sessions) {
      const { text, familyHash, hash } = makeRefreshToken()
      await trx
        .updateTable('hallpass_sessions')
        .set({ family_hash: familyHash, refresh_hash: hash })
        .where('id', '=', sessionIdOf(n))
        .execute()
      tokens.push(text)
    }
    return tokens
  })
}
