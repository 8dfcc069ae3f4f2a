import type { SignedInBody, TokensBody, VerifyMfaBody } from '../routes/types.ts'

/** An answer without its tokens, which the client keeps. */
export type WithoutTokens<Body extends TokensBody> = Omit<
  Body,
  'access_token' | 'refresh_token' | 'device_token' | 'trusted_device_token'
>

/** Tokens of a session that begins, or continues. */
export type Tokens = WithoutTokens<TokensBody>

/** The user is signed in. */
export interface SignedIn extends Tokens {
  readonly status: 'signed-in'
}

/** The first factor was accepted. Call `verifyMfa` with the `mfa_token` and a code. */
export interface MfaRequired {
  readonly status: 'mfa_required'
  readonly mfa_token: string
  /** Lifetime of the `mfa_token` in seconds. */
  readonly expires_in: number
  /** What `verifyMfa` takes as `method`. */
  readonly methods: readonly VerifyMfaBody['method'][]
}

/**
 * The first factor was accepted, and the account needs a second one. Pass the `mfa_token` to `passkeys.register`, or to
 * `beginTotp` and `confirmTotp`.
 */
export interface MfaEnrollmentRequired {
  readonly status: 'mfa_enrollment_required'
  readonly mfa_token: string
  /** Lifetime of the `mfa_token` in seconds. */
  readonly expires_in: number
}

/** The outcome of a login: check `status`. */
export type LoginValue = SignedIn | MfaRequired | MfaEnrollmentRequired

/** The outcome of a login by mail; `account` says what happened to the account. */
export type SignInValue = (SignedIn & Pick<SignedInBody, 'account'>) | MfaRequired | MfaEnrollmentRequired
