export type {
  Calls,
  LoginValue,
  MfaEnrollmentRequired,
  MfaRequired,
  SignedIn,
  SignInValue,
  Tokens,
} from './calls.ts'
export { type Client, createClient } from './create-client.ts'
export type { TokenStorage } from './credentials/storage.ts'
export type { SignInWithOptions } from './later/sign-in-with.ts'
export type { ClientOptions, CsrfNames } from './options.ts'
export type { ClientErrorCode, Failure, Result } from './result.ts'
export type { Snapshot } from './session/snapshot.ts'
export type { DeviceCalls, IdentityCalls, PasskeyCalls, ProviderCalls } from './ways.ts'
