/// <reference types="node" preserve="true" />
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
export type { CreateAccessTokenOptions, CreateTokenOptions } from './guard/create-token.ts'
export type { Authenticated, Guard, GuardOptions } from './guard/guard-options.ts'
export type { Custom, CustomClaims, CustomUser, JwtClaims, ManagedClaims } from './guard/jwt-claims.ts'
export { JwtManager } from './guard/jwt-manager.ts'
export type { MaybePromise } from './guard/maybe-promise.ts'
export type { JwtManagerCallbacks, JwtManagerOptions, JwtManagerValues } from './guard/options.ts'
export type { Answer } from './guard/problem.ts'
export type { DecodeOptions, ReadToken, TokenExpectations, VerifiedToken } from './guard/read-token.ts'
export { renewedCookies } from './guard/renewal.ts'
export type { RequestView } from './guard/request-view.ts'
export type { CookieOptions } from './guard/token-cookies.ts'
export type { TokenLocation } from './guard/token-location.ts'
export type { RemoteRevocationsOptions } from './revocations/remote-options.ts'
export type { AlgorithmName } from './token/algorithms.ts'
export type { ClaimRules, Claims } from './token/claims.ts'
export type { TokenHeader } from './token/compact.ts'
export { generateKey, importKey, type KeyInput } from './token/import-key.ts'
export { exportJwk, type Jwk } from './token/jwk.ts'
export type { Key } from './token/key.ts'
export type { KeyMaterial } from './token/key-material.ts'
export { KeySet, type KeySetOptions } from './token/key-set.ts'
export type { RemoteKeysOptions } from './token/remote-keys-options.ts'
export { type SignHeader, signJws, signToken } from './token/sign.ts'
export { type VerifiedJws, type VerifyRules, verifyJws, verifyToken } from './token/verify.ts'
