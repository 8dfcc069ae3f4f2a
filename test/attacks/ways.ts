import { JwtManager, type Key, KeySet, signToken, verifyToken } from 'hallpass'

/** The time in every test of this folder. */
export const now = 1_795_434_203

/** Claims that a manager of the default preset accepts. */
export const claims: { sub: string; jti: string; type: string; exp: number } = {
  sub: 'alice',
  jti: 'j',
  type: 'access',
  exp: now + 60,
}

export const encode = (part: object | string | Uint8Array): string =>
  Buffer.from(typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part)).toString(
    'base64url',
  )

/** A token whose signature is right, whatever stands in its parts. */
export function seal(key: Key, header: object | string | Uint8Array, payload: object | string | Uint8Array): string {
  const signedPart = `${encode(header)}.${encode(payload)}`
  return `${signedPart}.${key.sign(signedPart).toString('base64url')}`
}

/** Runs it and names what came of it: `accepted`, the code, or the error itself where it is none of ours. */
export function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? `${error}`
  }
}

/**
 * What every way to hand a key over answers to a token, each asked twice: a key, a set, a set among keys of others, a
 * manager, and a manager whose key is chosen for each token. One answer, where they all agree.
 */
export function answersOf(token: string, key: Key, others: readonly Key[] = []): string[] {
  const sets = [new KeySet([key]), new KeySet([...others, key], { kidIsHint: true })]
  const ways = [
    () => verifyToken(token, key, { now }),
    ...sets.flatMap((keys) => [
      () => verifyToken(token, keys, { now }),
      managed(new JwtManager({ keys, clock: () => now }), token),
      managed(new JwtManager({ keys: new KeySet(), verifyingKeyFor: () => keys, clock: () => now }), token),
    ]),
    managed(new JwtManager({ keys: new KeySet(), verifyingKeyFor: () => key, clock: () => now }), token),
  ]
  return [...new Set([...ways, ...ways].map(codeOf))]
}

const managed = (manager: JwtManager, token: string) => () => manager.verify(token)

/** Another token for each number, all of them good. */
export const numbered = (key: Key, number: number, more: object = {}): string =>
  signToken({ ...claims, jti: `${number}`, ...more }, key, { typ: 'at+jwt' })

/** Numbers below a bound that look random, and are the same in every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}
