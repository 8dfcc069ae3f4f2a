export type { Calls } from './calls.ts'
export { type Client, createClient } from './create-client.ts'
export type { TokenStorage } from './credentials/storage.ts'
export type { ClientErrorCode, Failure, Result } from './http/result.ts'
export type { ClientOptions, CsrfNames } from './options.ts'
export type { Snapshot } from './session/snapshot.ts'
export type {
  LoginValue,
  MfaEnrollmentRequired,
  MfaRequired,
  SignedIn,
  SignInValue,
  Tokens,
} from './values.ts'
export type { DeviceCalls, IdentityCalls, PasskeyCalls, ProviderCalls, SignInWithOptions } from './ways.ts'
