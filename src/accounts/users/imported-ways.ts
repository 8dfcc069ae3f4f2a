import { uuidv7 } from 'uuidv7'
import { RequestError } from '../../errors.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/database.ts'
import { findOwner, insertWays, type NewIdentity } from '../../store/imported-ways.ts'
import { recountFactors } from '../../store/second-factors.ts'
import { sealSecret } from './totp-sealing.ts'

/** An account at another provider. */
export interface ImportedIdentity {
  /** Its name among the settings here. */
  readonly provider: string
  /** With `subject` what it is known by: `iss` of the provider's tokens, exactly. */
  readonly issuer: string
  readonly subject: string
  /** As the provider said it. It proves nothing here. */
  readonly email?: string | undefined
}

/** An authenticator app: six digits, 30 seconds, SHA-1. */
export interface ImportedApp {
  /** In base32, of 80 to 1024 bits. */
  readonly secret: string
  readonly name?: string | undefined
}

/** What a user brings besides a password. */
export interface ImportedWays {
  readonly identities?: readonly ImportedIdentity[] | undefined
  readonly totp?: readonly ImportedApp[] | undefined
}

/** The same, checked. */
export interface PreparedWays {
  readonly identities: readonly NewIdentity[]
  readonly apps: readonly { readonly id: string; readonly name: string; readonly secret: string }[]
}

const mostIdentities = 20
/** As many as a user can set up. */
const mostApps = 5
const isText = (text: string, most: number) => text.length <= most && /^[^\p{C}]+$/u.test(text)

/** @throws {RequestError} `invalid_request` */
export function readWays({ identities = [], totp = [] }: ImportedWays): PreparedWays {
  if (identities.length > mostIdentities)
    throw unfitWay('identities', `A user has at most ${mostIdentities} identities`)
  if (totp.length > mostApps) throw unfitWay('totp', `A user has at most ${mostApps} authenticator apps`)
  return {
    identities: identities.map(({ provider, issuer, subject, email }) => {
      if (!/^[a-z][a-z0-9_-]{0,31}$/.test(provider)) {
        throw unfitWay('identities', 'A provider has a name of 1 to 32 small letters, digits, _ and -')
      }
      if (!isText(issuer, 512) || !isText(subject, 255)) {
        throw unfitWay('identities', 'An identity has an issuer and a subject')
      }
      return { id: uuidv7(), provider, issuer, subject, email: email && isText(email, 254) ? email : null }
    }),
    apps: totp.map(({ secret, name = 'Authenticator app' }) => {
      if (!isText(name, 64)) throw unfitWay('totp', 'The name of an app has 1 to 64 characters')
      return { id: uuidv7(), name, secret: readBase32(secret) }
    }),
  }
}

function readBase32(text: string): string {
  const secret = text.replace(/[\s=-]/g, '').toUpperCase()
  if (/^[A-Z2-7]{16,208}$/.test(secret)) return secret
  throw unfitWay('totp', 'The secret of an app is not base32 of 80 to 1024 bits: decrypt it first')
}

/**
 * What keeps a new user from bringing all of it: an identity that is linked to another, or that secrets cannot be encrypted.
 * @param name The normal username: a second run finds the identity at the very user.
 */
export async function findObstacle(
  trx: Sql,
  secrets: ServerSecret | undefined,
  name: string,
  { identities, apps }: PreparedWays,
): Promise<RequestError | undefined> {
  if (apps.length > 0 && secrets === undefined) {
    return unfitWay('totp', 'The secrets of apps are kept encrypted: set the encryption secret as for the server')
  }
  for (const identity of identities) {
    const owner = await findOwner(trx, identity)
    if (owner !== undefined && owner.name !== name) {
      return new RequestError('identity_taken', `The account at ${identity.provider} is linked to another user`)
    }
  }
  return undefined
}

/** Links identities to a new user and keeps its apps, in the transaction that added the user. */
export async function addWays(
  trx: Sql,
  secrets: ServerSecret | undefined,
  userId: string,
  { identities, apps }: PreparedWays,
  now: Date,
): Promise<void> {
  const sealed =
    secrets === undefined ? [] : apps.map((app) => ({ ...app, sealed: sealSecret(secrets, app.id, app.secret) }))
  await insertWays(trx, userId, { identities, apps: sealed }, now)
  if (sealed.length > 0) await recountFactors(trx, userId, now)
}

function unfitWay(member: string, msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member, msg }] })
}
