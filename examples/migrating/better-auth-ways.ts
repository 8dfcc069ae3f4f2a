/** What users of better-auth have besides a password, for `import`: accounts at other providers and authenticator apps. */

import type { DatabaseSync } from 'node:sqlite'
import { symmetricDecrypt } from 'better-auth/crypto'
import type { ImportedIdentity } from 'hallpass/auth'

export interface Ways {
  readonly identities: ImportedIdentity[]
  readonly totp: { readonly secret: string }[]
}

/**
 * @param secret `BETTER_AUTH_SECRET`: the seeds of apps are encrypted with it.
 * @param issuers The issuer of each provider (`providerId`) that is set up here. Accounts at others are left out.
 */
export async function readWays(
  old: DatabaseSync,
  secret: string,
  issuers: Readonly<Record<string, string>>,
): Promise<Map<string, Ways>> {
  const ways = new Map<string, Ways>()
  function waysOf(userId: string): Ways {
    const known = ways.get(userId) ?? { identities: [], totp: [] }
    ways.set(userId, known)
    return known
  }
  const linked = old.prepare("SELECT userId, providerId, accountId FROM account WHERE providerId <> 'credential'")
  for (const { userId, providerId, accountId } of linked.all()) {
    const issuer = issuers[String(providerId)]
    if (issuer === undefined) continue
    waysOf(String(userId)).identities.push({ provider: String(providerId), issuer, subject: String(accountId) })
  }
  const apps = old.prepare(
    'SELECT twoFactor.userId, secret FROM twoFactor JOIN user ON user.id = userId WHERE twoFactorEnabled = 1',
  )
  for (const { userId, secret: data } of apps.all()) {
    const seed = await symmetricDecrypt({ key: secret, data: String(data) })
    // What better-auth took over from elsewhere is base32 already; its own seeds are text, whose bytes are the key.
    const own = seed.startsWith('base32:') ? seed.slice('base32:'.length) : toBase32(seed)
    waysOf(String(userId)).totp.push({ secret: own })
  }
  return ways
}

function toBase32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const fives = bits.match(/.{1,5}/g) ?? []
  return fives.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}
