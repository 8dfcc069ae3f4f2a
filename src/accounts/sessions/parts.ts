import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { User } from '../../store/users.ts'
import type { PasswordParts } from '../passwords/parts.ts'

/** What sessions and their tokens are made with. Each decision names in its signature what it needs of it. */
export interface SessionParts extends PasswordParts {
  readonly jwt: JwtManager
  readonly secrets: ServerSecret
  readonly lifetimes: Lifetimes
  /** A user who begins one more loses the least recently used. */
  readonly sessionsPerUser: number
  readonly claimsFor?: ClaimsFor
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
