import type {
  DevicesBody,
  IdentitiesBody,
  LinkIdentityBody,
  PasskeyBody,
  PasskeysBody,
  ProvidersBody,
  RedirectBody,
  RegisteredPasskeyBody,
  RenamePasskeyBody,
} from '../routes/types.ts'
import type { Result } from './http/result.ts'
import type { LoginValue, SignedIn, WithoutTokens } from './values.ts'

/**
 * Passkeys of this browser, its devices and its user's phone. A call that waits for the user ends the previous one with
 * `passkey_cancelled`, because a browser runs one at a time.
 */
export interface PasskeyCalls {
  /**
   * Creates a passkey, and adds it to the account. Requires a recent authentication. With the `mfa_token` of
   * `mfa_enrollment_required` it needs none, and signs in.
   */
  register(body?: {
    readonly name?: string
    readonly mfa_token?: string
  }): Promise<Result<WithoutTokens<RegisteredPasskeyBody>>>
  /**
   * Signs in with a passkey. `conditional`: the browser offers passkeys in the field with
   * `autocomplete="username webauthn"`, and the promise waits until the user chooses one.
   */
  signIn(options?: { readonly conditional?: boolean; readonly remember?: boolean }): Promise<Result<LoginValue>>
  /** Completes a login with a passkey as the second factor. */
  verifyMfa(body: { readonly mfa_token: string; readonly remember_device?: boolean }): Promise<Result<SignedIn>>
  /** Authenticates the user again, for calls that require a recent authentication. */
  reauthenticate(): Promise<Result<Omit<SignedIn, 'status'>>>
  list(): Promise<Result<PasskeysBody>>
  rename(id: string, body: RenamePasskeyBody): Promise<Result<PasskeyBody>>
  remove(id: string): Promise<Result<undefined>>
}

/** How the browser comes back from another provider. */
export interface SignInWithOptions {
  /**
   * Where the browser comes back to: this page by default. Its origin must be the server's, or one of its
   * `corsOrigins`.
   */
  readonly returnTo?: string
  /** Whether the session outlives the browser: `true` by default. */
  readonly remember?: boolean
}

/** Other providers that can sign in to an account. */
export interface ProviderCalls {
  list(): Promise<Result<ProvidersBody>>
  /**
   * The result of signing in at the provider, if that failed or needs another step. It is available once, after the
   * browser has come back; `undefined` if there is nothing to report.
   */
  outcome(): Promise<Result<Exclude<LoginValue, SignedIn> | undefined>>
}

/** Accounts at other providers that sign in to this one. */
export interface IdentityCalls {
  list(): Promise<Result<IdentitiesBody>>
  /**
   * Begins to link one: send the browser to `redirect_to`. Requires a recent authentication. With `purpose`
   * `reauthenticate` it begins that instead, with a linked account at a provider that has `proves_again`.
   */
  link(provider: string, body?: LinkIdentityBody): Promise<Result<RedirectBody>>
  /** Removes a link. */
  remove(id: string): Promise<Result<undefined>>
}

/** Devices that are not asked for a second factor. */
export interface DeviceCalls {
  list(): Promise<Result<DevicesBody>>
  remove(id: string): Promise<Result<undefined>>
  removeAll(): Promise<Result<undefined>>
}
