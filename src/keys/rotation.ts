import { later } from '../core/time.ts'
import type { SigningKey } from '../store/keys/signing-keys.ts'
import type { AlgorithmName } from '../token/algorithms.ts'

/** When keys change. */
export interface RotationRules {
  /** Keys of this are made, and sign. */
  readonly algorithm: AlgorithmName
  /** How long a key signs. */
  readonly keyRotationSeconds: number
  /** How long a key is published before it signs: as long as services may cache the published keys. */
  readonly jwksMaxAgeSeconds: number
  /** How long a key verifies after its last signature: at least the longest life of a token. */
  readonly tokenSeconds: number
}

/** One thing to do. */
export type Step =
  | { readonly do: 'make'; readonly state: 'next' | 'active'; readonly signsFrom: Date }
  | { readonly do: 'promote'; readonly kid: string }
  | { readonly do: 'retire'; readonly kid: string; readonly verifiesUntil: Date }
  | { readonly do: 'bury'; readonly kid: string }

/** Nodes learn of a new active key within moments; clocks may differ by more. */
const marginSeconds = 300

/**
 * What is to be done now, one step after the other; `undefined` where all is as it should be.
 *
 * There is always a next key, published from the moment that the one before it began to sign: so that a key which must
 * go can go at once. The first two are published together, and no copy can lack the second.
 */
export function nextStep(keys: readonly SigningKey[], rules: RotationRules, now: Date): Step | undefined {
  const of = (state: SigningKey['state']) => keys.filter((key) => key.state === state)
  const isOwn = ({ algorithm }: SigningKey) => algorithm === rules.algorithm
  const active = of('active').find(isOwn)
  const next = of('next').find(isOwn)
  if (active === undefined && next === undefined) {
    // Whoever verifies has copies of the present keys, and none of the first of another algorithm.
    const isFirst = of('active').length === 0
    return isFirst
      ? { do: 'make', state: 'active', signsFrom: now }
      : { do: 'make', state: 'next', signsFrom: later(now, rules.jwksMaxAgeSeconds) }
  }
  if (next === undefined) {
    const isOnlyOne = keys.length === 1 && active?.createdAt.getTime() === now.getTime()
    return { do: 'make', state: 'next', signsFrom: isOnlyOne ? now : later(now, rules.jwksMaxAgeSeconds) }
  }
  const isDue = active === undefined || hasSigned(active, rules, now)
  if (isDue && (next.signsFrom <= now || of('active').length === 0)) {
    return active === undefined ? { do: 'promote', kid: next.kid } : retire(active, rules, now)
  }
  const foreign = of('active').find((key) => !isOwn(key) && active !== undefined && hasSigned(key, rules, now))
  if (foreign !== undefined) return retire(foreign, rules, now)
  const ended = keys.find(
    (key) =>
      (key.state === 'retiring' && key.verifiesUntil !== null && key.verifiesUntil <= now) ||
      (key.state === 'next' && !isOwn(key) && later(key.createdAt, rules.keyRotationSeconds) <= now),
  )
  return ended && { do: 'bury', kid: ended.kid }
}

/** A key stops signing. Its tokens hold to their ends. */
export function retire({ kid }: SigningKey, rules: RotationRules, now: Date): Step {
  return { do: 'retire', kid, verifiesUntil: later(now, rules.tokenSeconds + marginSeconds) }
}

function hasSigned({ activatedAt }: SigningKey, { keyRotationSeconds }: RotationRules, now: Date): boolean {
  return activatedAt !== null && later(activatedAt, keyRotationSeconds) <= now
}
