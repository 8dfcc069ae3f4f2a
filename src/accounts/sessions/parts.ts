import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { User } from '../../store/users/users.ts'
import type { PasswordParts } from '../passwords/parts.ts'

/** What sessions and their tokens need. Each function's signature names the parts that it uses. */
export interface SessionParts extends PasswordParts, OutboxParts {
  readonly jwt: JwtManager
  readonly secrets: ServerSecret
  readonly lifetimes: Lifetimes
  /** Maximum sessions per user. One more ends the least recently used. */
  readonly sessionsPerUser: number
  /** The requirements for every login. */
  readonly gate: GateSettings
  readonly claimsFor?: ClaimsFor
}

/** The requirements for every login. */
export interface GateSettings {
  /** Whether the address must be verified first. */
  readonly requireVerifiedEmail: boolean
  /** Users with one of these roles can log in only with a second factor. */
  readonly mfaRoles: readonly string[]
  /** How long a trusted device is not asked for the second factor. 0: no device is trusted. */
  readonly trustedDeviceSeconds: number
}

/** Additional claims for the access tokens of a user. */
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

/** How a client keeps its tokens, as far as the tokens have to state it. */
export interface Keeping {
  /**
   * `false` if the cookies end with the browser. The access token states it, so that its successor is put into the same
   * kind of cookie.
   */
  readonly remember?: boolean
}

/** How a client logs in. */
export interface LoginHow extends Keeping {
  /** Whether its tokens go into cookies. A login that is completed later does the same. */
  readonly cookies?: boolean
  /** The value of a browser's cookie, if it keeps its tokens in cookies. A challenge is bound to this browser. */
  readonly browser?: string | undefined
  /** Returns the token of a trusted device that the client has for a user, by the id of the user. */
  readonly trustedDevice?: (userId: string) => string | undefined
}

/** The tokens of a session. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** The tokens that a client gets for a login. */
export interface LoginTokens extends Tokens {
  /** Distinguishes this device from strangers at its next login. */
  readonly deviceToken: string
}
