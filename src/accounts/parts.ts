import type { JwtManager } from '../guard/jwt-manager.ts'
import type { RevocationSet } from '../revocations/revocation-set.ts'
import type { ServerSecret } from '../secrets/server-secret.ts'
import type { AuditEvent, AuditEventName } from '../store/audit.ts'
import type { Database, Sql } from '../store/database.ts'
import type { User } from '../store/users.ts'
import type { Decoys } from './decoys.ts'
import type { Limits } from './limits/limits.ts'
import type { Passwords } from './passwords.ts'

/** What decisions are made with. Each names in its signature what it needs of it. */
export interface Parts {
  readonly database: Database
  readonly passwords: Passwords
  readonly decoys: Decoys
  readonly limits: Limits
  readonly revocations: RevocationSet
  readonly jwt: JwtManager
  readonly secrets: ServerSecret
  readonly lifetimes: Lifetimes
  readonly registration: 'open' | 'closed'
  /** A user who begins one more loses the least recently used. */
  readonly sessionsPerUser: number
  /** Whom events name where no client asks: the operator, or the application itself. */
  readonly operator: Client
  /** Called with every event, once what it says is done. */
  readonly announce: (event: AuditEvent) => void
  /** Tells other processes that there is something to read, where the database does not do it by itself. */
  readonly signal: () => void
  readonly now: () => Date
  readonly clock: InstallationClock
  readonly claimsFor?: ClaimsFor
}

/** Decides by the clock that all processes have in common. */
export interface InstallationClock {
  /** The database's clock. */
  databaseTime(trx: Sql): Promise<Date>
  /**
   * The time by which something is deleted for good, or changed for everyone: the database's, read within the transaction.
   * `undefined` where the clocks disagree, and nothing is to be decided.
   */
  decisionTime(trx: Sql): Promise<Date | undefined>
}

/** Further claims in the access tokens of a user. */
export type ClaimsFor = (user: User) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>

/** In seconds. */
export interface Lifetimes {
  readonly accessTokenSeconds: number
  /** An unused session ends after this. */
  readonly refreshTokenSeconds: number
  /** Every session ends after this. */
  readonly sessionSeconds: number
  /** Grace period in which a just-rotated refresh token returns the current token. */
  readonly refreshGraceSeconds: number
}

/** Who is asking, as far as a server can see. */
export interface Client {
  readonly address: string | null
  readonly userAgent: string | null
  /** Of the request, as the log and the answer have it. */
  readonly requestId: string | null
  /** Who acts, where that is not a user over the network: at the command line, the user of the machine. */
  readonly actor: string | null
}

/** No client over the network. */
export function operatorCalled(actor: string | null): Client {
  return { address: null, userAgent: null, requestId: null, actor }
}

/** How a client keeps its tokens, as far as the tokens must say it. */
export interface Keeping {
  /** `false` in cookies that end with the browser: the access token says so, for whatever puts its successor into a cookie. */
  readonly remember?: boolean
}

/** What a client gets to be logged in. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** What a client gets for a login. */
export interface LoginTokens extends Tokens {
  /** Tells this device apart from strangers, at its next login. */
  readonly deviceToken: string
}

/** What it takes to change something and to revoke tokens. */
export type ChangeParts = Pick<Parts, 'database' | 'revocations' | 'announce' | 'signal' | 'now' | 'operator'>

export function later(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000)
}

export function makeEvent(
  event: AuditEventName,
  at: Date,
  { address, userAgent, requestId, actor }: Client,
  about: Partial<Pick<AuditEvent, 'userId' | 'sessionId' | 'details'>> = {},
): AuditEvent {
  return { event, at, address, userAgent, requestId, actor, userId: null, sessionId: null, details: {}, ...about }
}

/** What an event says of the roles that an account begins with. */
export function rolesGiven(roles: readonly string[] = []): Readonly<Record<string, unknown>> {
  return roles.length === 0 ? {} : { roles }
}
