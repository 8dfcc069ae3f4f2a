import type {
  BeginTotpBody,
  ConfirmEmailChangeBody,
  ConfirmedBody,
  ConfirmTotpBody,
  EmailChangeBody,
  FactorsBody,
  ForgotPasswordBody,
  LinkBody,
  LoginBody,
  MeBody,
  OneTimeLinkBody,
  PasswordBody,
  ReauthenticateBody,
  RecoveryCodesBody,
  RegisterBody,
  RequestSignInBody,
  RequestVerificationBody,
  ResetPasswordBody,
  SessionsBody,
  SessionsQuery,
  SignInBody,
  TotpBody,
  UserBody,
  UsernameBody,
  VerifyEmailBody,
  VerifyMfaBody,
} from '../routes/types.ts'
import type { Result } from './http/result.ts'
import type { LoginValue, SignedIn, SignInValue, Tokens, WithoutTokens } from './values.ts'
import type { DeviceCalls, IdentityCalls, PasskeyCalls, ProviderCalls, SignInWithOptions } from './ways.ts'

/** The calls, named like the operations of the HTTP API. None throws because of the server or the network. */
export interface Calls {
  /** Creates an account. It does not sign in. */
  register(body: RegisterBody): Promise<Result<UserBody>>
  /** Signs in. A second factor that is required is a value, not an error: check `status`. */
  login(body: Omit<LoginBody, 'cookies'>): Promise<Result<LoginValue>>
  /** Gets new tokens. The client does this itself when a request needs it. */
  refresh(): Promise<Result<undefined>>
  /** Ends the session, in all tabs. */
  logout(): Promise<Result<undefined>>
  /**
   * Authenticates the user again, by password, second factor, or both: for calls that require a recent authentication.
   */
  reauthenticate(body: ReauthenticateBody): Promise<Result<Tokens>>
  /** Changes the password, and ends the other sessions. */
  changePassword(body: PasswordBody): Promise<Result<undefined>>
  /** Removes the password, if another way to sign in is left, and ends the other sessions. */
  removePassword(): Promise<Result<undefined>>
  /** The sessions of the user, newest first, in pages. */
  listSessions(query?: SessionsQuery): Promise<Result<SessionsBody>>
  /** Ends one of the user's sessions. */
  endSession(id: string): Promise<Result<undefined>>
  /** Ends all other sessions of the user. */
  endOtherSessions(): Promise<Result<undefined>>
  /** The account of the user. */
  me(): Promise<Result<MeBody>>
  /** Deletes the account, and signs out. */
  deleteMe(): Promise<Result<undefined>>
  /** Changes the username. */
  changeUsername(body: UsernameBody): Promise<Result<undefined>>
  /** Mails a link and a code to a new address; the current one stays until they are used. */
  requestEmailChange(body: EmailChangeBody): Promise<Result<undefined>>
  /** Confirms a change of address, with the token of the link or with the code. */
  confirmEmailChange(body: ConfirmEmailChangeBody): Promise<Result<undefined>>
  /** Cancels a change of address, with the link that was mailed to the current address. */
  cancelEmailChange(body: LinkBody): Promise<Result<undefined>>
  /** Undoes a change of address, with the link that was mailed to the previous address. */
  undoEmailChange(body: LinkBody): Promise<Result<undefined>>
  /** Sets a new password with the link that an operator made. */
  redeemOneTimeLink(body: OneTimeLinkBody): Promise<Result<undefined>>
  /** Completes a login with a second factor. */
  verifyMfa(body: VerifyMfaBody): Promise<Result<SignedIn>>
  /** The second factors of the user. */
  listFactors(): Promise<Result<FactorsBody>>
  /** Begins to set up an authenticator app: the secret, and its QR code. */
  beginTotp(body?: BeginTotpBody): Promise<Result<TotpBody>>
  /** Confirms an authenticator app with its first code. With `mfa_token`, signs in. */
  confirmTotp(id: string, body: ConfirmTotpBody): Promise<Result<WithoutTokens<ConfirmedBody>>>
  /** Removes an authenticator app. */
  removeTotp(id: string): Promise<Result<undefined>>
  /** Replaces the recovery codes. */
  makeRecoveryCodes(): Promise<Result<RecoveryCodesBody>>
  /** Mails a link and a code that verify an address. */
  requestVerification(body?: RequestVerificationBody): Promise<Result<undefined>>
  /** Verifies an address with the token of the link, or the code. */
  verifyEmail(body: VerifyEmailBody): Promise<Result<undefined>>
  /** Mails a link and a code that set a new password. The answer is the same for an unknown address. */
  forgotPassword(body: ForgotPasswordBody): Promise<Result<undefined>>
  /** Sets a new password with the token of the link, or the code. */
  resetPassword(body: ResetPasswordBody): Promise<Result<undefined>>
  /** Mails a link and a code that sign in. */
  requestSignIn(body: RequestSignInBody): Promise<Result<undefined>>
  /** Signs in with the token of the link, or the code. */
  signIn(body: Omit<SignInBody, 'cookies'>): Promise<Result<SignInValue>>
  /** Leaves the page, to sign in with another provider. The user comes back signed in, or `providers.outcome` has the next step. */
  signInWith(provider: string, options?: SignInWithOptions): Promise<Result<undefined>>
  readonly passkeys: PasskeyCalls
  readonly providers: ProviderCalls
  readonly identities: IdentityCalls
  readonly devices: DeviceCalls
}

/**
 * How a call uses the session: `open` calls never send it, `optional` ones only if it is alive. `login` and
 * `login-step` calls are open, and begin a session. `optional` and `account` calls may change what `me` returns.
 */
export type Kind = 'open' | 'optional' | 'login' | 'login-step' | 'session' | 'account'

/**
 * One call: path, kind, method, and a member of its answer. The defaults are `session`, `POST` and no member. Every
 * byte of these is sent to every browser.
 */
export type CallRow = `/${string}`

/**
 * Calls that few pages make. Their rows, `refresh` and the passkey ceremonies are in a file that is loaded with the
 * first such call (`later/`); only their names are here.
 */
export const laterNames: string =
  'register deleteMe reauthenticate forgotPassword resetPassword requestSignIn listSessions endSession endOtherSessions changeUsername requestEmailChange changePassword removePassword confirmEmailChange cancelEmailChange undoEmailChange redeemOneTimeLink requestVerification verifyEmail listFactors beginTotp confirmTotp removeTotp makeRecoveryCodes refresh signInWith passkeys.register passkeys.signIn passkeys.verifyMfa passkeys.reauthenticate passkeys.list passkeys.rename passkeys.remove providers.list providers.outcome identities.list identities.link identities.remove devices.list devices.remove devices.removeAll'

/** The other calls, except `logout`, which is more than a request. */
export const rows: { readonly [name: string]: CallRow; readonly me: CallRow } = {
  login: '/login login POST token_type',
  me: '/me session GET',
  verifyMfa: '/mfa/verify login-step POST token_type',
  signIn: '/login/email/verify login POST token_type',
}
