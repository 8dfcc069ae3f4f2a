/// <reference types="node" preserve="true" />
export { JwtManager } from './guard/jwt-manager.ts'

// The manager comes first: bundles contain modules in the order of these lines, and similar ones compress best side by
// side. In alphabetical order, the package is 120 bytes larger.

export {
  ConfigurationError,
  type ConfigurationErrorCode,
  type ErrorCode,
  HallpassError,
  type SignedToken,
  TokenError,
  type TokenErrorCode,
} from './errors.ts'
export { createGuard } from './guard/authenticate.ts'
export { renewedCookies } from './guard/cookies/renewal.ts'
export type { CookieOptions } from './guard/cookies/token-cookies.ts'
export type { MaybePromise } from './guard/maybe-promise.ts'
export type { Authenticated, Guard, GuardOptions } from './guard/options/guard-options.ts'
export type { JwtManagerCallbacks, JwtManagerOptions, JwtManagerValues } from './guard/options/options.ts'
export type { Answer } from './guard/problem.ts'
export type { RequestView } from './guard/request/request-view.ts'
export type { TokenLocation } from './guard/request/token-location.ts'
export type { CreateAccessTokenOptions, CreateTokenOptions } from './guard/tokens/create-token.ts'
export type { Custom, CustomClaims, CustomUser, JwtClaims, ManagedClaims } from './guard/tokens/jwt-claims.ts'
export type { DecodeOptions, ReadToken, TokenExpectations, VerifiedToken } from './guard/tokens/read-token.ts'
export type { RemoteRevocationsOptions } from './revocations/remote-options.ts'
export type { AlgorithmName } from './token/algorithms.ts'
export type { ClaimRules, Claims } from './token/claims.ts'
export type { TokenHeader } from './token/compact.ts'
export { generateKey, importKey, type KeyInput } from './token/keys/import-key.ts'
export { exportJwk, type Jwk } from './token/keys/jwk.ts'
export type { Key } from './token/keys/key.ts'
export type { KeyMaterial } from './token/keys/key-material.ts'
export { KeySet, type KeySetOptions } from './token/keys/key-set.ts'
export type { RemoteKeysOptions } from './token/remote/remote-keys-options.ts'
export { type SignHeader, signJws, signToken } from './token/sign.ts'
export { type VerifiedJws, type VerifyRules, verifyJws, verifyToken } from './token/verify.ts'
