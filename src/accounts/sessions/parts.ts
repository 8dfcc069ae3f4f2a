import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { User } from '../../store/users/users.ts'
import type { PasswordParts } from '../passwords/parts.ts'

/** What sessions and their tokens are made with. Each decision names in its signature what it needs of it. */
export interface SessionParts extends PasswordParts, OutboxParts {
  readonly jwt: JwtManager
  readonly secrets: ServerSecret
  readonly lifetimes: Lifetimes
  /** A user who begins one more loses the least recently used. */
  readonly sessionsPerUser: number
  /** What every login is measured by. */
  readonly gate: GateSettings
  readonly claimsFor?: ClaimsFor
}

/** What every login is measured by. */
export interface GateSettings {
  /** Whether the address has to be verified first. */
  readonly requireVerifiedEmail: boolean
  /** Users with one of these roles log in with a second factor only. */
  readonly mfaRoles: readonly string[]
  /** For how long a device may be trusted, on which a user is not asked for the second factor. 0: none is. */
  readonly trustedDeviceSeconds: number
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

/** How a client keeps its tokens, as far as the tokens must say it. */
export interface Keeping {
  /** `false` in cookies that end with the browser: the access token says so, for whatever puts its successor into a cookie. */
  readonly remember?: boolean
}

/** How a client logs in. */
export interface LoginHow extends Keeping {
  /** Whether its tokens go into cookies: a login that is completed later does the same. */
  readonly cookies?: boolean
  /** What a browser has in a cookie, if it keeps its tokens in cookies: a challenge is for this browser alone. */
  readonly browser?: string | undefined
  /** What the client has of a device that a user trusts, by the id of the user. */
  readonly trustedDevice?: (userId: string) => string | undefined
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
